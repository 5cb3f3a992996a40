import type { DiscardedBatch, DiscardedRecord } from '../../src/destination/failure-destination.ts';

export const FUNCTION_ARN = 'arn:aws:lambda:eu-west-1:000000000000:function:work';

/** 2026-11-22T09:59:58.001Z */
const FIRST_MS = Date.parse('2026-11-22T09:59:58.001Z');

/** A record of `orders`. Timestamps increase by one second per offset. */
export function aDiscardedRecord(parts: Partial<DiscardedRecord> = {}): DiscardedRecord {
  const offset = parts.offset ?? 0;
  return {
    topic: 'orders',
    partition: 0,
    offset,
    timestampMs: FIRST_MS + offset * 1_000,
    key: null,
    ...parts,
  };
}

/** Records that have failed four times. Each event contains the offsets of its records. */
export function aDiscardedBatch(parts: Partial<DiscardedBatch> = {}): DiscardedBatch {
  const records = parts.records ?? [aDiscardedRecord()];
  const event = (some: readonly DiscardedRecord[]): string =>
    JSON.stringify({ eventSource: 'aws:kafka', offsets: some.map(({ offset }) => offset) });
  return {
    condition: 'RetryAttemptsExhausted',
    records,
    event: event(records),
    eventOf: (record) => event([record]),
    requestId: '7b1c2f4e-0d5a-4c55-9d6b-1f6a2f1f0001',
    invokeCount: 4,
    ...parts,
  };
}
