import { expect, test } from '@jest/globals';
import { recycleIdle } from '../../../lib/aws/recycle-idle.ts';

function clientWithClock() {
  const state = { now: 1_000_000, renewals: 0 };
  const use = recycleIdle(
    () => {
      state.renewals += 1;
    },
    () => state.now,
  );
  return { state, use };
}

test('a client that was used within the last minute is not recycled', async () => {
  const { state, use } = clientWithClock();

  for (let call = 0; call < 3; call += 1) {
    state.now += 60_000;
    await use(async () => undefined);
  }

  expect(state.renewals).toBe(0);
});

test('a client is recycled once before the first use after more than a minute', async () => {
  const { state, use } = clientWithClock();
  state.now += 60_001;

  const seen = await Promise.all([use(async () => state.renewals), use(async () => state.renewals)]);

  expect(seen).toEqual([1, 1]);
});

test('a client is not recycled during work that takes longer than a minute', async () => {
  const { state, use } = clientWithClock();
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();

  const long = use(() => ended);
  state.now += 120_000;
  await use(async () => undefined);
  state.now += 120_000;
  end();
  await long;
  state.now += 60_000;
  await use(async () => undefined);

  expect(state.renewals).toBe(0);
});

test('the minute starts at the end of the last use, failed or not', async () => {
  const { state, use } = clientWithClock();

  await use(async () => {
    state.now += 59_000;
    throw new Error('failed');
  }).catch(() => undefined);
  state.now += 59_000;
  await use(async () => undefined);

  expect(state.renewals).toBe(0);
});
