import { expect, test } from '@jest/globals';
import { attemptLine, failureOutcome, partitionList } from '../../src/status/log-lines.ts';

const BATCH = { firstOffset: 120, lastOffset: 219, records: 100, event: '', bytes: 61_230 };

test('an attempt is one line with place, offsets, records, size, time and outcome', () => {
  expect(attemptLine('orders-3 → work', BATCH, 13.6, 'succeeded')).toBe(
    'orders-3 → work: offsets 120–219, 100 records, 61 kB, 14 ms: succeeded',
  );
});

test('a single small record is told as such', () => {
  const batch = { firstOffset: 7, lastOffset: 7, records: 1, event: '', bytes: 415 };

  expect(attemptLine('orders-3 → work', batch, 0.2, 'succeeded')).toBe(
    'orders-3 → work: offset 7, 1 record, 0.4 kB, 0 ms: succeeded',
  );
});

test('a failure says why, when the next attempt comes, and that nothing is committed', () => {
  expect(failureOutcome(new Error('no database'), 400)).toBe(
    'failed (no database), next attempt in 0.4 s; the offsets stay',
  );
  expect(failureOutcome('no database', undefined)).toBe(
    'failed (no database), not retried here; the offsets stay',
  );
});

test('partitions are told as a range where they are one', () => {
  expect([[2, 0, 1], [4], [0, 2], []].map(partitionList)).toEqual([
    'partitions 0–2',
    'partition 4',
    'partitions 0, 2',
    'no partitions',
  ]);
});
