import { beforeEach, expect, test } from '@jest/globals';
import type { PartitionLag } from '../../src/status/lag.ts';
import { StallDetector } from '../../src/status/stall-detector.ts';

let detector: StallDetector;

beforeEach(() => {
  detector = new StallDetector({ batchingWindowMs: 0 });
});

const at = (partition: number, committed: number | null, end: number): PartitionLag => ({
  partition,
  committed,
  end,
  lag: end - (committed ?? 0),
});

test('a position that does not move for 30 s while records wait is a stall, from its first observation', () => {
  detector.observe([at(0, 5, 7)], 1_000);
  detector.observe([at(0, 5, 9)], 20_000);

  expect(detector.stalls(30_999)).toEqual([]);
  expect(detector.stalls(31_000)).toEqual([
    { partition: 0, offset: 5, recordsWaiting: 4, stalledMs: 30_000 },
  ]);
});

test.each([
  { what: 'a position that moves', positions: [at(0, 5, 90), at(0, 6, 90)] },
  { what: 'a position that was reset', positions: [at(0, 5, 90), at(0, 2, 90)] },
  { what: 'nothing that waits in between', positions: [at(0, 5, 7), at(0, 7, 7), at(0, 7, 9)] },
])('$what is progress', ({ positions }) => {
  for (const [index, lag] of positions.entries()) {
    detector.observe([lag], index * 29_000);
  }

  expect(detector.stalls((positions.length - 1) * 29_000 + 29_999)).toEqual([]);
});

test('a stalled partition is detected beside others that progress, also without a committed offset', () => {
  detector.observe([at(0, 1, 9), at(1, null, 3), at(2, 0, 0)], 0);
  detector.observe([at(0, 8, 9), at(1, null, 3), at(2, 0, 0)], 20_000);

  expect(detector.stalls(40_000)).toEqual([
    { partition: 1, offset: 0, recordsWaiting: 3, stalledMs: 40_000 },
  ]);
});

test('the batching window is added to the 30 s', () => {
  detector = new StallDetector({ batchingWindowMs: 300_000 });
  detector.observe([at(0, 5, 7)], 0);

  expect(detector.stalls(329_999)).toEqual([]);
  expect(detector.stalls(330_000)).toMatchObject([{ partition: 0, stalledMs: 330_000 }]);
  detector.unreachable(400_000);
  expect(detector.stalls(430_000)).toEqual([{ stalledMs: 30_000 }]);
});

test('a deleted topic has no stalls', () => {
  detector.observe([at(0, 1, 9)], 0);
  detector.observe([], 10_000);

  expect(detector.stalls(60_000)).toEqual([]);
});

test('brokers that do not respond for 30 s are a stall without a partition; earlier positions are kept until then', () => {
  detector.observe([at(3, 1, 9)], 0);
  detector.unreachable(10_000);
  detector.unreachable(25_000);

  expect(detector.stalls(35_000)).toEqual([
    { partition: 3, offset: 1, recordsWaiting: 8, stalledMs: 35_000 },
  ]);
  expect(detector.stalls(40_000)).toEqual([{ stalledMs: 30_000 }]);
  detector.observe([at(3, 9, 9)], 41_000);
  expect(detector.stalls(90_000)).toEqual([]);
});
