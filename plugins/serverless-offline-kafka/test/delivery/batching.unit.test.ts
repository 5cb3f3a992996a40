import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type BatchLimits,
  planBatch,
  recordsBytes,
  type WaitingRecord,
} from '../../src/delivery/batching.ts';
import { encodeRecord, kafkaEvent } from '../../src/delivery/kafka-event.ts';
import { aRecord } from '../support/records.ts';

const ORIGIN = { bootstrapServers: 'localhost:9092' };
const eventBytes = (records: readonly WaitingRecord[]): number =>
  Buffer.byteLength(JSON.stringify(kafkaEvent(ORIGIN, records)));
const EMPTY_EVENT_BYTES = eventBytes([]);
/** The size of `"topic-0":[]`, for the topic below. */
const PLACE_BYTES = 12;

/** Returns records of one partition whose JSON has these sizes. */
const waiting = (sizes: readonly number[], partition = 0): WaitingRecord[] =>
  sizes.map((bytes, offset) => ({ ...aWaitingRecord(offset, partition), bytes }));

const aWaitingRecord = (offset: number, partition: number, valueBytes = 0): WaitingRecord => ({
  ...encodeRecord('topic', partition, aRecord(offset, { value: Buffer.alloc(valueBytes) })),
  sinceMs: 0,
});

const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 60 });

const partitions = fc
  .array(sizes, { maxLength: 4 })
  .map((lists) => lists.map((list, index) => waiting(list, index * 6)));

/** Records whose `bytes` are those of their JSON. */
const realPartitions = fc
  .array(fc.array(fc.nat(60), { maxLength: 20 }), { maxLength: 4 })
  .map((lists) =>
    lists.map((list, index) => list.map((bytes, offset) => aWaitingRecord(offset, index * 6, bytes))),
  );

const anyLimits = fc.record({
  records: fc.integer({ min: 1, max: 20 }),
  bytes: fc.integer({ min: 1, max: 160 }),
});

/** Takes batches, full or not, until no record waits. */
function drain(given: readonly (readonly WaitingRecord[])[], limits: BatchLimits): WaitingRecord[][] {
  const left = given.map((records) => [...records]);
  const batches: WaitingRecord[][] = [];
  while (left.some(({ length }) => length > 0)) {
    const { lengths } = planBatch(left, limits);
    const batch = left.flatMap((records, index) => records.splice(0, lengths[index]));
    if (batch.length === 0) {
      throw new Error('no progress');
    }
    batches.push(batch);
  }
  return batches;
}

describe('batches', () => {
  test('contain every record once, in the order of each partition', () => {
    fc.assert(
      fc.property(partitions, anyLimits, (given, limits) => {
        const delivered = drain(given, limits).flat();

        for (const records of given) {
          expect(delivered.filter(({ partition }) => partition === records[0]?.partition)).toEqual(records);
        }
        expect(delivered).toHaveLength(given.flat().length);
      }),
    );
  });

  test('respect both limits in the bytes of the event, except for one record that is too large', () => {
    fc.assert(
      fc.property(realPartitions, anyLimits, (given, { records, bytes }) => {
        const limits = { records, bytes: bytes * 10 };
        for (const batch of drain(given, limits)) {
          expect(batch.length).toBeLessThanOrEqual(limits.records);
          expect(batch.length === 1 || eventBytes(batch) <= EMPTY_EVENT_BYTES + limits.bytes).toBe(true);
        }
      }),
    );
  });

  test('are as large as the limits allow: with one byte less, the last record would not fit', () => {
    fc.assert(
      fc.property(realPartitions, (given) => {
        const all = given.flat();
        fc.pre(all.length > 1);
        const exact = eventBytes(all) - EMPTY_EVENT_BYTES;

        const length = (bytes: number): number =>
          planBatch(given, { records: 1_000, bytes }).lengths.reduce((sum, one) => sum + one, 0);

        expect([length(exact), length(exact - 1)]).toEqual([all.length, all.length - 1]);
      }),
    );
  });

  test('have the size of their JSON', () => {
    fc.assert(
      fc.property(realPartitions, (given) => {
        const all = given.flat();

        expect(recordsBytes(all)).toBe(eventBytes(all) - EMPTY_EVENT_BYTES);
      }),
    );
  });

  const room = (bytes: number): number => bytes + PLACE_BYTES;

  test.each([
    ['the number of records is reached', [1, 1, 1], { records: 3, bytes: room(100) }, 3],
    ['the bytes are reached', [40, 40, 18], { records: 9, bytes: room(100) }, 3],
    ['the next record does not fit', [40, 40, 20], { records: 9, bytes: room(100) }, 2],
    ['one record alone is too large', [101, 1], { records: 9, bytes: room(100) }, 1],
  ])('are full when %s', (_, bytes, limits, length) => {
    expect(planBatch([waiting(bytes)], limits)).toEqual({ lengths: [length], full: true });
  });

  test.each([
    ['records', [1, 1], { records: 3, bytes: room(100) }],
    ['bytes', [40, 40], { records: 9, bytes: room(100) }],
  ])('are not full while there is room for more %s', (_, bytes, limits) => {
    expect(planBatch([waiting(bytes)], limits)).toEqual({ lengths: [2], full: false });
  });

  test('take the first partition first, and others as far as they fit', () => {
    const given = [waiting([1, 1], 3), waiting([1, 1], 0), waiting([1], 1)];

    expect(planBatch(given, { records: 3, bytes: 1_000 })).toEqual({ lengths: [2, 1, 0], full: true });
    expect(planBatch(given, { records: 9, bytes: 1_000 })).toEqual({ lengths: [2, 2, 1], full: false });
  });
});
