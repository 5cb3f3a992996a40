import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { EVENT_LIMIT_BYTES } from '../../src/delivery/batching.ts';
import type { KafkaRecord } from '../../src/delivery/kafka-event.ts';
import { aDelivery, pass } from '../support/a-delivery.ts';
import { ADestination } from '../support/a-destination.ts';
import { aRecord, records } from '../support/records.ts';

const withBytes = (offset: number, bytes: number): KafkaRecord =>
  aRecord(offset, { value: Buffer.alloc(bytes) });

const tooLarge = (offset: number): KafkaRecord => withBytes(offset, 6_000_000);

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

describe('a record whose event exceeds 6 MB', () => {
  test('blocks its partition without a destination, with a warning each time, while others continue', async () => {
    const { accept, places, invoked, committed, lines } = aDelivery({}, [0, 1]);

    accept([...records(0), tooLarge(1), ...records(2, 3, 4)]);
    accept(records(0, 1, 2), 1);
    await pass(0);
    invoked[0]?.succeed();
    await pass(200 + 400);
    invoked[1]?.succeed();
    await pass(0);

    expect(places()).toEqual([{ 0: [0] }, { 1: [0, 1, 2] }]);
    expect([committed(0), committed(1)]).toEqual([[1], [3]]);
    const logged = lines.filter((line) => line.includes('larger than the 6 MB that Lambda can deliver'));
    expect(logged).toEqual([
      expect.stringMatching(
        /^warning orders-0 → work: offset 1, 1 record, 8000 kB, .* checked again in 0.2 s$/,
      ),
      expect.stringMatching(/checked again in 0.4 s$/),
      expect.stringMatching(/checked again in 0.8 s$/),
    ]);
  });

  test('is sent to the destination, and the partition continues', async () => {
    const destination = new ADestination();
    const { accept, offsets, committed } = aDelivery({ destination });

    accept([tooLarge(0), ...records(1, 2, 3)]);
    await pass(0);

    expect(offsets()).toEqual([[1, 2, 3]]);
    expect(committed()).toEqual([1]);
    expect(
      destination.sends.map(({ batch, offsets }) => [offsets, batch.condition, batch.invokeCount]),
    ).toEqual([[[0], 'MaximumPayloadSizeExceeded', 0]]);
  });

  test('is discarded without a destination when it expires', async () => {
    const { accept, offsets, committed } = aDelivery({ failures: { maximumRecordAgeMs: 60_000 } });

    accept([
      { ...tooLarge(0), timestampMs: Date.now() },
      { ...aRecord(1), timestampMs: Date.now() + 60_000 },
    ]);
    await pass(90_000);

    expect(offsets()).toEqual([[1]]);
    expect(committed()).toEqual([1]);
  });

  test('does not delay a stop', async () => {
    const { queues, accept, committed } = aDelivery();
    accept([tooLarge(0)]);
    await pass(500);

    await queues.stop();

    expect(committed()).toEqual([]);
  });

  test('does not delay a new assignment of the partition', async () => {
    const { queues, open, accept, offsets } = aDelivery();
    accept([tooLarge(0)]);
    await pass(60_000);

    queues.revoke([0]);
    open(0);
    accept(records(1, 2, 3));
    await pass(0);

    expect(offsets()).toEqual([[1, 2, 3]]);
  });

  test('is not mixed with other records, which are delivered', async () => {
    const { accept, places } = aDelivery({ batches: 'mixed' }, [0, 1]);

    accept([tooLarge(0), ...records(1)]);
    accept(records(0, 1, 2), 1);
    await pass(0);

    expect(places()).toEqual([{ 1: [0, 1, 2] }]);
  });
});

test.each(['per-partition', 'mixed'] as const)(
  'large records are delivered in events of less than 6 MB (%s)',
  async (batches) => {
    const { accept, invoked } = aDelivery({ batches, batchSize: 100, batchingWindowMs: 0 }, [0, 1, 2]);
    await pass(0);

    for (const partition of [0, 1, 2]) {
      accept(
        [0, 1, 2, 3, 4].map((offset) => withBytes(offset, 1_400_000 + 7 * partition)),
        partition,
      );
    }
    for (let next = 0; next < invoked.length; next += 1) {
      invoked[next]?.succeed();
      await pass(0);
    }

    const sizes = invoked.map(({ event }) => Buffer.byteLength(JSON.stringify(event)));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(EVENT_LIMIT_BYTES);
    expect(invoked.flatMap(({ offsets }) => offsets)).toHaveLength(15);
  },
);
