import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type BatchLimits, planBatch, type WaitingRecord } from '../../src/delivery/batching.ts';

const waiting = (sizes: readonly number[]): WaitingRecord[] =>
  sizes.map((bytes, offset) => ({ offset, bytes, json: '', sinceMs: 0 }));

const waitingRecords = fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 60 }).map(waiting);

const anyLimits = fc.record({
  records: fc.integer({ min: 1, max: 20 }),
  bytes: fc.integer({ min: 1, max: 120 }),
});

/** Takes batches until nothing waits, full or not. */
function drain(records: readonly WaitingRecord[], limits: BatchLimits): WaitingRecord[][] {
  const left = [...records];
  const batches: WaitingRecord[][] = [];
  while (left.length > 0) {
    const { length } = planBatch(left, limits);
    if (length === 0) {
      throw new Error('no progress');
    }
    batches.push(left.splice(0, length));
  }
  return batches;
}

const joinedBytes = (batch: readonly WaitingRecord[]): number =>
  batch.reduce((sum, { bytes }) => sum + bytes, batch.length - 1);

describe('batches', () => {
  test('hold every record once, in order', () => {
    fc.assert(
      fc.property(waitingRecords, anyLimits, (records, given) => {
        expect(drain(records, given).flat()).toEqual(records);
      }),
    );
  });

  test('keep to both limits, except for one record that alone is too large', () => {
    fc.assert(
      fc.property(waitingRecords, anyLimits, (records, given) => {
        for (const batch of drain(records, given)) {
          expect(batch.length).toBeLessThanOrEqual(given.records);
          expect(batch.length === 1 || joinedBytes(batch) <= given.bytes).toBe(true);
        }
      }),
    );
  });

  test.each([
    ['the number of records is reached', [1, 1, 1], { records: 3, bytes: 100 }, { length: 3, full: true }],
    ['the bytes are reached', [40, 40, 18], { records: 9, bytes: 100 }, { length: 3, full: true }],
    ['the next record does not fit', [40, 40, 20], { records: 9, bytes: 100 }, { length: 2, full: true }],
    ['one record alone is too large', [101, 1], { records: 9, bytes: 100 }, { length: 1, full: true }],
  ])('are full when %s', (_, sizes, given, expected) => {
    expect(planBatch(waiting(sizes), given)).toEqual(expected);
  });

  test.each([
    ['records', [1, 1], { records: 3, bytes: 100 }],
    ['bytes', [40, 40], { records: 9, bytes: 100 }],
  ])('are not full while there is room for more %s', (_, sizes, given) => {
    expect(planBatch(waiting(sizes), given)).toEqual({ length: 2, full: false });
  });
});
