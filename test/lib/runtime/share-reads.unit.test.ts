import { expect, test } from '@jest/globals';
import { shareReads } from '../../../lib/runtime/share-reads.ts';

/** Reads that return 1, 2, 3, … when the test ends them. */
function controlledReads() {
  const ends: PromiseWithResolvers<number>[] = [];
  const clock = { ms: 0 };
  const shared = shareReads(
    () => {
      const end = Promise.withResolvers<number>();
      ends.push(end);
      return end.promise;
    },
    5_000,
    () => clock.ms,
  );
  const end = async (index: number): Promise<void> => {
    ends[index]?.resolve(index + 1);
    await ends[index]?.promise;
  };
  return { shared, clock, end, ends };
}

test('concurrent callers share one read, however long it takes', async () => {
  const { shared, clock, end, ends } = controlledReads();
  const first = shared();
  clock.ms = 60_000;
  const second = shared();
  await end(0);

  expect(await Promise.all([first, second])).toEqual([1, 1]);
  expect(ends).toHaveLength(1);
});

test('a result is used for 5 s after its read has ended, and then read again', async () => {
  const { shared, clock, end } = controlledReads();
  const first = shared();
  clock.ms = 3_000;
  await end(0);
  await first;

  clock.ms = 7_999;
  const cached = await shared();
  clock.ms = 8_000;
  const fresh = shared();
  await end(1);

  expect([cached, await fresh]).toEqual([1, 2]);
});

test('a rejection is passed on to everyone who waits, and the next call reads again', async () => {
  const { shared, end, ends } = controlledReads();
  const waiting = [shared(), shared()];
  ends[0]?.reject(new Error('no configuration'));
  await Promise.allSettled(waiting);

  const next = shared();
  await end(1);

  await expect(waiting[0]).rejects.toThrow('no configuration');
  await expect(waiting[1]).rejects.toThrow('no configuration');
  expect(await next).toBe(2);
});

test('a clock that is set back does not prolong the use of a result', async () => {
  const { shared, clock, end } = controlledReads();
  clock.ms = 3_600_000;
  const first = shared();
  await end(0);
  await first;

  clock.ms = 0;
  const fresh = shared();
  await end(1);

  expect(await fresh).toBe(2);
});
