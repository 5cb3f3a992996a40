import { expect, test } from '@jest/globals';
import { type CachedToken, cachedToken } from '../../../lib/aws/cached-token.ts';

const MAX_AGE_MS = 1_000;

/** Tokens 1, 2, 3, …, with an adjustable clock. */
function numbered(lifetimeMs?: number): CachedToken<number> & { now: number } {
  const time = { now: 0 };
  let made = 0;
  const kept = cachedToken(
    async (notBeyond) => {
      made += 1;
      if (lifetimeMs !== undefined) {
        notBeyond(time.now + lifetimeMs);
      }
      return made;
    },
    MAX_AGE_MS,
    () => time.now,
  );
  return Object.assign(time, kept);
}

test('concurrent and later callers share one token until it expires', async () => {
  const tokens = numbered();

  const together = await Promise.all([tokens.token(), tokens.token()]);
  tokens.now = MAX_AGE_MS - 1;
  const later = await tokens.token();
  tokens.now = MAX_AGE_MS;

  expect([...together, later, await tokens.token()]).toEqual([1, 1, 1, 2]);
});

test('a token is not cached beyond its lifetime, and never longer than the maximum age', async () => {
  const short = numbered(100);
  const long = numbered(10 * MAX_AGE_MS);
  await Promise.all([short.token(), long.token()]);

  short.now = 99;
  expect(await short.token()).toBe(1);
  short.now = 100;
  expect(await short.token()).toBe(2);
  long.now = MAX_AGE_MS;
  expect(await long.token()).toBe(2);
});

test('a forgotten token is replaced, and a late rejection does not evict its successor', async () => {
  const tokens = numbered();
  const rejected = await tokens.token();

  tokens.forget(rejected);
  const successor = await tokens.token();
  tokens.forget(rejected);

  expect(successor).not.toBe(rejected);
  expect(await tokens.token()).toBe(successor);
  tokens.forget();
  expect(await tokens.token()).not.toBe(successor);
});

test('a failed request is repeated, and does not evict another token', async () => {
  const outcomes = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  let asked = 0;
  const { token, forget } = cachedToken(
    () => {
      asked += 1;
      return outcomes[asked - 1]?.promise ?? Promise.resolve('third');
    },
    MAX_AGE_MS,
    () => 0,
  );
  const first = token();
  forget();
  const second = token();
  outcomes[1]?.resolve('second');
  outcomes[0]?.reject(new Error('none'));

  await expect(first).rejects.toThrow('none');
  await expect(second).resolves.toBe('second');
  await expect(token()).resolves.toBe('second');
});
