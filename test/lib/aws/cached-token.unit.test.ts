import { expect, test } from '@jest/globals';
import { type CachedToken, cachedToken } from '../../../lib/aws/cached-token.ts';

const KEPT_FOR_MS = 1_000;

/** Tokens 1, 2, 3, …, and a clock to turn. */
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
    KEPT_FOR_MS,
    () => time.now,
  );
  return Object.assign(time, kept);
}

test('a token is made once for all who ask within its time', async () => {
  const tokens = numbered();

  const together = await Promise.all([tokens.token(), tokens.token()]);
  tokens.now = KEPT_FOR_MS - 1;
  const later = await tokens.token();
  tokens.now = KEPT_FOR_MS;

  expect([...together, later, await tokens.token()]).toEqual([1, 1, 1, 2]);
});

test('a token is not kept beyond what it is good for, and never longer than any other', async () => {
  const short = numbered(100);
  const long = numbered(10 * KEPT_FOR_MS);
  await Promise.all([short.token(), long.token()]);

  short.now = 99;
  expect(await short.token()).toBe(1);
  short.now = 100;
  expect(await short.token()).toBe(2);
  long.now = KEPT_FOR_MS;
  expect(await long.token()).toBe(2);
});

test('a token that is forgotten is made anew, and a refusal that comes late does not cost its successor', async () => {
  const tokens = numbered();
  const refused = await tokens.token();

  tokens.forget(refused);
  const successor = await tokens.token();
  tokens.forget(refused);

  expect(successor).not.toBe(refused);
  expect(await tokens.token()).toBe(successor);
  tokens.forget();
  expect(await tokens.token()).not.toBe(successor);
});

test('one that could not be made is asked for again, and takes no other with it', async () => {
  const outcomes = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  let asked = 0;
  const { token, forget } = cachedToken(
    () => {
      asked += 1;
      return outcomes[asked - 1]?.promise ?? Promise.resolve('third');
    },
    KEPT_FOR_MS,
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
