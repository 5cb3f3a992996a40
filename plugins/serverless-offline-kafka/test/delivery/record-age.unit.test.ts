import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { KafkaRecord } from '../../src/delivery/kafka-event.ts';
import { aDelivery, pass } from '../support/a-delivery.ts';
import { ADestination } from '../support/a-destination.ts';
import { aRecord } from '../support/records.ts';

const MINUTE_MS = 60_000;
const failures = { maximumRecordAgeMs: MINUTE_MS };

const aged = (offset: number, ageMs: number): KafkaRecord =>
  aRecord(offset, { timestampMs: Date.now() - ageMs });

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

describe('expired records', () => {
  test('are not delivered, and are committed', async () => {
    const { accept, offsets, committed, lines } = aDelivery({ failures });

    accept([aged(0, MINUTE_MS + 1), aged(1, MINUTE_MS + 1), aged(2, MINUTE_MS + 1)]);
    await pass(0);

    expect(offsets()).toEqual([]);
    expect(committed()).toEqual([3]);
    expect(lines).toEqual([
      'error orders-0 → work: offsets 0–2, 3 records: discarded after 0 attempts (MaximumRecordAgeExceeded), dropped: the mapping has no on-failure destination',
    ]);
  });

  test('are removed from their batch, and the rest is delivered', async () => {
    const destination = new ADestination();
    const { accept, invoked, offsets, committed } = aDelivery({ failures, destination });

    accept([aged(0, 0), aged(1, MINUTE_MS + 1), aged(2, 0)]);
    await pass(0);
    const during = committed();
    invoked[0]?.succeed();
    await pass(0);

    expect(offsets()).toEqual([[0, 2]]);
    expect(destination.sends.map(({ offsets, batch }) => [offsets, batch.condition])).toEqual([
      [[1], 'MaximumRecordAgeExceeded'],
    ]);
    expect(during).toEqual([]);
    expect(committed()).toEqual([3]);
  });

  test('can expire while they wait for the next attempt', async () => {
    const destination = new ADestination();
    const { accept, invoked, offsets, committed } = aDelivery({ failures, destination });

    accept([aged(0, MINUTE_MS - 100), aged(1, 0), aged(2, 0)]);
    await pass(0);
    invoked[0]?.fail();
    await pass(200);
    const during = committed();
    invoked[1]?.succeed();
    await pass(0);

    expect(offsets()).toEqual([
      [0, 1, 2],
      [1, 2],
    ]);
    expect(
      destination.sends.map(({ offsets, batch }) => [offsets, batch.invokeCount, batch.requestId]),
    ).toEqual([[[0], 1, invoked[0]?.requestId]]);
    expect(during).toEqual([1]);
    expect(committed()).toEqual([1, 3]);
  });

  test('are sent to the destination with a new request id if they were never delivered', async () => {
    const destination = new ADestination();
    const { accept } = aDelivery({ failures, destination });

    accept([aged(0, MINUTE_MS + 1)]);
    await pass(500);

    const [send] = destination.sends;
    expect(send?.batch.invokeCount).toBe(0);
    expect(send?.batch.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('do not change the retry count of the other records', async () => {
    const { accept, invoked, offsets } = aDelivery({ failures: { ...failures, maximumRetries: 1 } });

    accept([aged(0, MINUTE_MS - 100), aged(1, 0), aged(2, 0), aged(3, 0), aged(4, 0), aged(5, 0)]);
    await pass(0);
    invoked[0]?.fail();
    await pass(200);
    invoked[1]?.fail();
    await pass(200);

    expect(offsets()).toEqual([
      [0, 1, 2],
      [1, 2],
      [3, 4, 5],
    ]);
  });
});

test('a record with exactly the maximum age is delivered', async () => {
  const { accept, offsets } = aDelivery({ failures, batchSize: 1 });
  await pass(0);

  accept([aged(0, MINUTE_MS)]);

  expect(offsets()).toEqual([[0]]);
});

describe('while expired records are sent to the destination', () => {
  test('a stop prevents an attempt with the rest of the batch', async () => {
    const destination = new ADestination();
    destination.answer = 'manual';
    const { queues, accept, offsets, committed } = aDelivery({ failures, destination });
    accept([aged(0, MINUTE_MS + 1), aged(1, 0), aged(2, 0)]);
    await pass(0);

    const stopped = queues.stop();
    destination.sends[0]?.accept();
    await stopped;

    expect(offsets()).toEqual([]);
    expect(committed()).toEqual([1]);
  });

  test('a revoked partition is not delivered any more', async () => {
    const destination = new ADestination();
    destination.answer = 'manual';
    const { queues, accept, offsets, committed } = aDelivery({ failures, destination });
    accept([aged(0, MINUTE_MS + 1), aged(1, 0), aged(2, 0)]);
    await pass(0);

    queues.revoke([0]);
    destination.sends[0]?.accept();
    await pass(MINUTE_MS);

    expect(offsets()).toEqual([]);
    expect(committed()).toEqual([]);
  });

  test('the others of a mixed batch are delivered, although the partition of the expired records is revoked', async () => {
    const destination = new ADestination();
    destination.answer = 'manual';
    const { queues, accept, invoked, places, committed } = aDelivery(
      { failures, destination, batches: 'mixed', batchSize: 4 },
      [0, 1],
    );
    accept([aged(0, MINUTE_MS + 1), aged(1, MINUTE_MS + 1)], 0);
    accept([aged(5, 0), aged(6, 0)], 1);
    await pass(0);

    queues.revoke([0]);
    destination.sends[0]?.reject();
    await pass(200);
    accept([aged(7, 0)], 1);
    invoked[0]?.succeed();
    await pass(500);

    expect(destination.sends.map(({ offsets }) => offsets)).toEqual([[0, 1]]);
    expect(places()).toEqual([{ 1: [5, 6] }, { 1: [7] }]);
    expect([committed(0), committed(1)]).toEqual([[], [7]]);
  });
});
