import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import type { Request } from '../support/invoke-functions.ts';

const PROGRAM = join(import.meta.dirname, '../support/invoke-functions.ts');

/** How each of the functions ended: `succeeded`, or the message of its error. */
async function outcomesOf(request: Request): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, JSON.stringify(request)]);
  return JSON.parse(stdout);
}

describe.each([
  ['in a thread', {}],
  ['in process', { useInProcess: true }],
])('a function that runs %s', (_, options) => {
  test('succeeds or fails as its handler does', async () => {
    const outcomes = await outcomesOf({ options, functionKeys: ['succeed', 'fail'] });

    expect(outcomes).toEqual(['succeeded', 'no database']);
  });

  test('fails when its timeout has passed', async () => {
    const outcomes = await outcomesOf({ options, timeout: 0.2, functionKeys: ['hang'] });

    expect(outcomes).toEqual(['timed out after 0.2 s']);
  });

  test('has all the time if serverless-offline is told to have no timeouts', async () => {
    const outcomes = await outcomesOf({
      options: { ...options, noTimeout: true },
      timeout: 0.01,
      functionKeys: ['alone'],
    });

    expect(outcomes).toEqual(['succeeded']);
  });
});

test('invocations at the same time run in instances of their own', async () => {
  const outcomes = await outcomesOf({ options: {}, functionKeys: ['alone', 'alone'] });

  expect(outcomes).toEqual(['succeeded', 'succeeded']);
});
