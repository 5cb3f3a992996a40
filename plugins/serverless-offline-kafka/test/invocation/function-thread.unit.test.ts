import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Outcome } from '../support/invoke-functions.ts';
import { aServiceOf, invokeFunctions, outcomesOf, removeServices } from '../support/invoked-program.ts';

afterEach(removeServices);

describe('a function that runs in a thread', () => {
  const rows = [
    ['succeeds with its response', 'succeed', { payload: { received: {} } }],
    ['succeeds by callback', 'succeedByCallback', { payload: 'done' }],
    ['returns null without a response', 'returnNothing', { payload: null }],
    [
      'fails if it throws an error',
      'fail',
      { code: 'function_failed', message: 'no database', cause: 'TypeError: no database' },
    ],
    [
      'fails if it throws before it returns a promise',
      'throwAtOnce',
      { code: 'function_failed', message: 'thrown before a promise' },
    ],
    ['fails if it throws a string', 'throwText', { code: 'function_failed', message: 'no text is an error' }],
    [
      'fails if it passes an error to the callback',
      'failByCallback',
      { code: 'function_failed', message: 'passed to the callback' },
    ],
    [
      'fails if it rejects with nothing',
      'rejectWithNothing',
      { code: 'function_failed', message: 'undefined' },
    ],
    [
      'fails with an error that cannot be sent from a thread',
      'throwUnsendable',
      { code: 'function_failed', message: 'holds a function' },
    ],
    [
      'fails if its handler is missing',
      'missing',
      { code: 'function_failed', message: expect.stringContaining('invoked.missing is undefined') },
    ],
    [
      'crashes if it ends the process',
      'exit',
      { code: 'function_crashed', message: 'ended its own process with exit code 3' },
    ],
    [
      'crashes on an exception outside the handler',
      'throwInTimer',
      { code: 'function_crashed', message: 'crashed: thrown in a timer', cause: 'Error: thrown in a timer' },
    ],
    [
      'crashes on an unhandled rejection, although it returns',
      'rejectUnhandled',
      { code: 'function_crashed', message: 'crashed: unhandled' },
    ],
    [
      'has an invalid response with a BigInt',
      'returnBigInt',
      { code: 'invalid_answer', message: expect.stringContaining('BigInt') },
    ],
    [
      'has an invalid response if it returns a function',
      'returnFunction',
      { code: 'invalid_answer', message: 'the response is not JSON: a function' },
    ],
    [
      'has an invalid response if it is circular',
      'returnCircular',
      { code: 'invalid_answer', message: expect.stringContaining('circular') },
    ],
    ['can send messages from its thread', 'interfere', { payload: 'right' }],
  ] as const;
  const endless = [
    ['times out', 'hang'],
    ['times out in an endless loop', 'spin'],
  ] as const;
  let outcomes: Readonly<Record<string, Outcome | undefined>>;
  beforeAll(async () => {
    // Only endless functions get a short timeout, which also limits the loading: all functions of a run start at once.
    const keys = rows.map(([, key]) => key);
    const endlessKeys = endless.map(([, key]) => key);
    outcomes = {
      ...(await outcomesOf(keys, { timeout: 600 })),
      ...(await outcomesOf(endlessKeys, { timeout: 1 })),
    };
  });

  test.each(rows)('%s', (_, key, outcome) => {
    expect(outcomes[key]).toMatchObject(outcome);
  });

  test.each(endless)('%s', (_, key) => {
    expect(outcomes[key]).toMatchObject({ code: 'function_timed_out', message: 'timed out after 1 s' });
  });

  test('prints to the output of the command, and its errors with their cause', async () => {
    const servicePath = aServiceOf({
      'print.cjs': `exports.handler = async () => {
        console.log('printed by the function');
        console.error('printed as an error');
        throw new TypeError('no database', { cause: new Error('port closed') });
      };`,
    });

    const { stdout, stderr } = await invokeFunctions({
      servicePath,
      functions: { print: { handler: 'print.handler' } },
      rounds: [[{ key: 'print' }]],
    });

    expect(stdout).toContain('printed by the function');
    expect(stderr).toContain('printed as an error');
    expect(stderr).toMatch(
      /Unhandled exception in handler 'print'. TypeError: no database\n +at .*print.cjs/u,
    );
    expect(stderr).toContain('[cause]: Error: port closed');
  });

  test('has no time limit with the option noTimeout', async () => {
    const { outcomes } = await invokeFunctions({
      options: { noTimeout: true },
      timeout: 0.01,
      rounds: [[{ key: 'alone' }]],
    });

    expect(outcomes).toEqual([{ payload: null }]);
  });

  test('has a separate time limit for loading', async () => {
    const servicePath = aServiceOf({
      'slow.mjs': `await new Promise((resolve) => setTimeout(resolve, 3_000));
        export const handler = async (event, context) => context.getRemainingTimeInMillis();`,
    });

    const { outcomes } = await invokeFunctions({
      servicePath,
      timeout: 2,
      functions: { slow: { handler: 'slow.handler' } },
      rounds: [[{ key: 'slow' }]],
    });

    expect(outcomes).toEqual([{ payload: expect.any(Number) }]);
  });
});
