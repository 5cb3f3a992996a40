import { beforeAll, describe, expect, test } from '@jest/globals';
import { dockerPayload } from '../../src/invocation/offline-lambda.ts';
import type { Outcome } from '../support/invoke-functions.ts';
import { invokeFunctions, outcomesOf } from '../support/invoked-program.ts';

describe('a function that runs in process', () => {
  const rows = [
    ['succeeds with its response', 'succeed', { payload: { received: {} } }],
    ['returns null without a response', 'returnNothing', { payload: null }],
    [
      'fails if it throws an error',
      'fail',
      { code: 'function_failed', message: 'no database', cause: 'TypeError: no database' },
    ],
    ['fails if it throws a string', 'throwText', { code: 'function_failed', message: 'no text is an error' }],
    [
      'fails if it rejects with nothing',
      'rejectWithNothing',
      { code: 'function_failed', message: 'undefined' },
    ],
    ['times out', 'hang', { code: 'function_timed_out', message: 'timed out after 1 s' }],
    ['has an invalid response with a BigInt', 'returnBigInt', { code: 'invalid_answer' }],
    ['has an invalid response if it returns a function', 'returnFunction', { code: 'invalid_answer' }],
    ['fails if its handler is missing', 'missing', { code: 'function_failed' }],
  ] as const;
  let outcomes: Readonly<Record<string, Outcome | undefined>>;
  beforeAll(async () => {
    outcomes = await outcomesOf(
      rows.map(([, key]) => key),
      { timeout: 1, options: { useInProcess: true } },
    );
  });

  test.each(rows)('%s', (_, key, outcome) => {
    expect(outcomes[key]).toMatchObject(outcome);
  });

  test('has no time limit with the option noTimeout', async () => {
    const { outcomes } = await invokeFunctions({
      options: { useInProcess: true, noTimeout: true },
      timeout: 0.01,
      rounds: [[{ key: 'alone' }]],
    });

    expect(outcomes).toEqual([{ payload: null }]);
  });

  test('does not delay the stop of the event source', async () => {
    const { outcomes } = await invokeFunctions({
      options: { useInProcess: true },
      rounds: [[{ key: 'hang' }]],
      closes: true,
    });

    expect(outcomes).toMatchObject([{ code: 'invocation_failed' }]);
  });
});

test('a function with a runtime that serverless-offline does not support is not invoked', async () => {
  const { outcomes } = await invokeFunctions({
    functions: { work: { handler: 'work.handler', runtime: 'provided.al2023' } },
    rounds: [[{ key: 'work' }]],
  });

  expect(outcomes).toMatchObject([{ code: 'invocation_failed', message: 'Unsupported runtime' }]);
});

describe('a function that runs in Docker', () => {
  test('returns its payload, and null if it returns nothing', () => {
    expect(dockerPayload({ batchItemFailures: [] })).toEqual({ batchItemFailures: [] });
    expect(dockerPayload(undefined)).toBeNull();
  });

  test('fails if the runtime emulator of the image returns an error', () => {
    const answer = { errorType: 'TypeError', errorMessage: 'no database', trace: [] };

    expect(() => dockerPayload(answer)).toThrow(
      expect.objectContaining({
        code: 'function_failed',
        message: 'no database',
        cause: expect.objectContaining({ name: 'TypeError' }),
      }),
    );
  });

  test('crashes if its process has ended', () => {
    const answer = { errorType: 'Runtime.ExitError', errorMessage: 'RequestId: 1 Error: Runtime exited' };

    expect(() => dockerPayload(answer)).toThrow(expect.objectContaining({ code: 'function_crashed' }));
  });
});
