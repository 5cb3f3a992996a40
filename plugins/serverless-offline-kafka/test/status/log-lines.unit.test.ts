import { describe, expect, test } from '@jest/globals';
import type { WaitingRecord } from '../../src/delivery/batching.ts';
import type { Attempt } from '../../src/delivery/delivery-report.ts';
import { attemptLine, discardLine, partitionList, stallReasonText } from '../../src/status/log-lines.ts';

const waiting = (partition: number, first: number, last: number): WaitingRecord[] =>
  Array.from({ length: last - first + 1 }, (_, index) => ({
    topic: 'orders',
    partition,
    offset: first + index,
    timestampMs: 0,
    timestampType: 'CREATE_TIME' as const,
    key: undefined,
    value: undefined,
    headers: [],
    bytes: 0,
    sinceMs: 0,
  }));

const HUNDRED: Attempt = {
  records: waiting(3, 120, 219),
  bytes: 61_230,
  durationMs: 13.6,
  outcome: { type: 'succeeded', isCommitted: true },
};

const outcomeOf = (outcome: Attempt['outcome']): string | undefined =>
  attemptLine('work', { ...HUNDRED, outcome }).split(' ms: ')[1];

describe('an attempt', () => {
  test('is one line with partition, function, offsets, records, size, time and outcome', () => {
    expect(attemptLine('work', HUNDRED)).toBe(
      'orders-3 → work: offsets 120–219, 100 records, 61 kB, 14 ms: succeeded',
    );
  });

  test('of one small record uses the singular', () => {
    const attempt = { ...HUNDRED, records: waiting(3, 7, 7), bytes: 415, durationMs: 0.2 };

    expect(attemptLine('work', attempt)).toBe('orders-3 → work: offset 7, 1 record, 0.4 kB, 0 ms: succeeded');
  });

  test('of several partitions has the offsets of each', () => {
    const records = [...waiting(0, 7, 7), ...waiting(2, 120, 218)];

    expect(attemptLine('work', { ...HUNDRED, records })).toBe(
      'orders → work: 0: offset 7, 2: offsets 120–218, 100 records, 61 kB, 14 ms: succeeded',
    );
  });

  test('that failed has the reason, the time of the next attempt, and that nothing is committed', () => {
    const failed = { type: 'failed', failedRecords: 100 } as const;
    const error = new Error('no database');

    expect([
      outcomeOf({ ...failed, error, next: { type: 'retry', inMs: 400 } }),
      outcomeOf({ ...failed, error, next: { type: 'split', inMs: 200 } }),
      outcomeOf({ ...failed, error, next: { type: 'discard' } }),
      outcomeOf({ ...failed, error: 'no database', next: { type: 'none' } }),
    ]).toEqual([
      'failed (no database), next attempt in 0.4 s; not committed',
      'failed (no database), split in two, next attempt in 0.2 s; not committed',
      'failed (no database), no further attempt',
      'failed (no database), not retried here; not committed',
    ]);
  });

  test('that failed in part has the number of failed records', () => {
    const next = { type: 'retry', inMs: 200 } as const;

    expect(outcomeOf({ type: 'failed', failedRecords: 3, next })).toBe(
      '3 of 100 records reported as failed, next attempt in 0.2 s; not committed',
    );
  });

  test('whose partition is revoked is not committed', () => {
    expect(outcomeOf({ type: 'succeeded', isCommitted: false })).toBe(
      'succeeded, but the partition is revoked: not committed',
    );
  });
});

test('discarded records are one line with the number of attempts, the condition and the destination', () => {
  const given = {
    records: waiting(3, 120, 120),
    condition: 'RetryAttemptsExhausted',
    requestId: undefined,
    invokeCount: 11,
  } as const;

  expect(discardLine('work', given, 'sent to kafka://orders-dlt')).toBe(
    'orders-3 → work: offset 120, 1 record: discarded after 11 attempts (RetryAttemptsExhausted), sent to kafka://orders-dlt',
  );
  expect(discardLine('work', { ...given, invokeCount: 1 }, 'dropped')).toContain('after 1 attempt (');
});

test('consecutive partitions are a range', () => {
  expect([[2, 0, 1], [4], [0, 2], []].map(partitionList)).toEqual([
    'partitions 0–2',
    'partition 4',
    'partitions 0, 2',
    'no partitions',
  ]);
});

test('a failed attempt has a stall reason, and a success has none', () => {
  const failed = { type: 'failed', failedRecords: 3 } as const;
  const retry = { type: 'retry', inMs: 200 } as const;

  expect([
    stallReasonText({ type: 'succeeded', isCommitted: true }),
    stallReasonText({ ...failed, error: new Error('no\n  database'), next: retry }),
    stallReasonText({ ...failed, next: retry }),
    stallReasonText({ ...failed, error: new Error('bad'), next: { type: 'discard' } }),
    stallReasonText({ type: 'too-large', inMs: 200 }),
  ]).toEqual([
    undefined,
    'the function fails: no database',
    'the function reports records as failed',
    'the on-failure destination does not accept the records, which failed because the function fails: bad',
    expect.stringContaining('larger than the 6 MB'),
  ]);
});
