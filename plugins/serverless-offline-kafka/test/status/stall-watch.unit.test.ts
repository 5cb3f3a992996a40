import { beforeEach, expect, test } from '@jest/globals';
import type { PartitionLag } from '../../src/status/lag.ts';
import { StallWatch } from '../../src/status/stall-watch.ts';

let watch: StallWatch;

beforeEach(() => {
  watch = new StallWatch({ batchingWindowMs: 0 });
});

const at = (partition: number, committed: number | null, end: number): PartitionLag => ({
  partition,
  committed,
  end,
  lag: end - (committed ?? 0),
});

test('a position that does not move for 30 s while records wait is a stall, from the moment it was seen there', () => {
  watch.observe([at(0, 5, 7)], 1_000);
  watch.observe([at(0, 5, 9)], 20_000);

  expect(watch.stalls(30_999)).toEqual([]);
  expect(watch.stalls(31_000)).toEqual([{ partition: 0, offset: 5, recordsWaiting: 4, stalledMs: 30_000 }]);
});

test.each([
  { what: 'a position that moves', seen: [at(0, 5, 90), at(0, 6, 90)] },
  { what: 'a position that is set back', seen: [at(0, 5, 90), at(0, 2, 90)] },
  { what: 'nothing that waits in between', seen: [at(0, 5, 7), at(0, 7, 7), at(0, 7, 9)] },
])('$what is progress', ({ seen }) => {
  for (const [index, lag] of seen.entries()) {
    watch.observe([lag], index * 29_000);
  }

  expect(watch.stalls((seen.length - 1) * 29_000 + 29_999)).toEqual([]);
});

test('one stuck partition is seen among others that go on, and a group without positions too', () => {
  watch.observe([at(0, 1, 9), at(1, null, 3), at(2, 0, 0)], 0);
  watch.observe([at(0, 8, 9), at(1, null, 3), at(2, 0, 0)], 20_000);

  expect(watch.stalls(40_000)).toEqual([{ partition: 1, offset: 0, recordsWaiting: 3, stalledMs: 40_000 }]);
});

test('a batching window is no stall: the 30 s begin when it ends', () => {
  watch = new StallWatch({ batchingWindowMs: 300_000 });
  watch.observe([at(0, 5, 7)], 0);

  expect(watch.stalls(329_999)).toEqual([]);
  expect(watch.stalls(330_000)).toMatchObject([{ partition: 0, stalledMs: 330_000 }]);
  watch.silent(400_000);
  expect(watch.stalls(430_000)).toEqual([{ stalledMs: 30_000 }]);
});

test('a topic that is gone has no stalls', () => {
  watch.observe([at(0, 1, 9)], 0);
  watch.observe([], 10_000);

  expect(watch.stalls(60_000)).toEqual([]);
});

test('brokers that do not answer for 30 s are a stall without a partition; before, what waited still waits', () => {
  watch.observe([at(3, 1, 9)], 0);
  watch.silent(10_000);
  watch.silent(25_000);

  expect(watch.stalls(35_000)).toEqual([{ partition: 3, offset: 1, recordsWaiting: 8, stalledMs: 35_000 }]);
  expect(watch.stalls(40_000)).toEqual([{ stalledMs: 30_000 }]);
  watch.observe([at(3, 9, 9)], 41_000);
  expect(watch.stalls(90_000)).toEqual([]);
});
