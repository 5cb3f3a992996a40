import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { aDelivery, type DeliverySettings, pass } from '../support/a-delivery.ts';
import { ADestination } from '../support/a-destination.ts';
import { records } from '../support/records.ts';

const failures = { maximumRetries: 0 };

/** A batch of partition 0 (and others) whose only attempt has failed, so that it is sent to the destination. */
async function aFailedBatch(
  answer: ADestination['answer'],
  settings: DeliverySettings = {},
  partitions: readonly number[] = [0],
) {
  const destination = new ADestination();
  destination.answer = answer;
  const delivery = aDelivery(
    { failures, destination, batchSize: 3 * partitions.length, ...settings },
    partitions,
  );
  for (const partition of partitions) {
    delivery.accept(records(0, 1, 2), partition);
  }
  await pass(0);
  delivery.invoked[0]?.fail();
  await pass(0);
  const errors = (): string[] => delivery.lines.filter((line) => line.startsWith('error'));
  const sent = () =>
    destination.sends.map(({ batch }) =>
      batch.records.map(({ partition, offset }) => `${partition}:${offset}`),
    );
  return { ...delivery, destination, errors, sent };
}

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

describe('a destination', () => {
  test('must accept the records before they are committed and before the next batch starts', async () => {
    const { accept, destination, committed, offsets } = await aFailedBatch('manual');
    accept(records(3, 4, 5));
    await pass(60_000);
    const before = [committed().length, offsets().length];

    destination.sends[0]?.accept();
    await pass(0);

    expect(before).toEqual([0, 1]);
    expect(committed()).toEqual([3]);
    expect(offsets()).toHaveLength(2);
  });

  test('that is unavailable for a while is retried with the same request id, and gets the records', async () => {
    const { destination, committed, errors, lines } = await aFailedBatch('rejects');
    await pass(200);
    const during = committed();

    destination.answer = 'accepts';
    await pass(400);

    expect(destination.sends).toHaveLength(3);
    expect(new Set(destination.sends.map(({ batch }) => batch.requestId)).size).toBe(1);
    expect(during).toEqual([]);
    expect(committed()).toEqual([3]);
    expect(errors()).toEqual([]);
    expect(lines).toContain('warning work: failed records cannot be sent: kafka://orders-dlt: not today');
    expect(lines.at(-1)).toMatch(
      /discarded after 1 attempt \(RetryAttemptsExhausted\), sent to kafka:\/\/orders-dlt$/,
    );
  });

  test('that always rejects loses the records, with an error in the log, and the partition continues', async () => {
    const { accept, destination, committed, errors, offsets } = await aFailedBatch('rejects');
    accept(records(3, 4, 5));

    await pass(60_000);

    expect(destination.sends).toHaveLength(5);
    expect(errors()).toEqual([
      'error orders-0 → work: offsets 0–2, 3 records: discarded after 1 attempt (RetryAttemptsExhausted), LOST: kafka://orders-dlt rejected them 5 times',
    ]);
    expect(committed()).toEqual([3]);
    expect(offsets()).toHaveLength(2);
  });
});

describe('a stop', () => {
  test('during a send commits the accepted records', async () => {
    const { queues, destination, committed } = await aFailedBatch('manual');

    const stopped = queues.stop();
    destination.sends[0]?.accept();
    await stopped;

    expect(committed()).toEqual([3]);
  });

  test('during a send does not retry, commit or lose rejected records', async () => {
    const { queues, destination, committed, errors } = await aFailedBatch('manual');

    const stopped = queues.stop();
    destination.sends[0]?.reject();
    await stopped;

    expect(destination.sends).toHaveLength(1);
    expect(committed()).toEqual([]);
    expect(errors()).toEqual([]);
  });

  test('between two sends does not wait for the next send', async () => {
    const { queues, destination, committed } = await aFailedBatch('rejects');

    await queues.stop();

    expect(destination.sends).toHaveLength(1);
    expect(committed()).toEqual([]);
  });

  test('after the last send does not lose the records: they are delivered again', async () => {
    const { queues, destination, committed, errors } = await aFailedBatch('rejects');
    await pass(200 + 400 + 800 + 1_600);

    await queues.stop();

    expect(destination.sends).toHaveLength(5);
    expect(committed()).toEqual([]);
    expect(errors()).toEqual([]);
  });
});

describe('a revoked partition', () => {
  test('during a send is not committed, with any outcome', async () => {
    const accepted = await aFailedBatch('manual');
    const rejected = await aFailedBatch('manual');

    accepted.queues.revoke([0]);
    rejected.queues.revoke([0]);
    accepted.destination.sends[0]?.accept();
    rejected.destination.sends[0]?.reject();
    await pass(60_000);

    expect([accepted.committed(), rejected.committed()]).toEqual([[], []]);
    expect(rejected.destination.sends).toHaveLength(1);
    expect(rejected.errors()).toEqual([]);
  });

  test('between two sends is not sent again', async () => {
    const { queues, destination, committed, errors } = await aFailedBatch('rejects');

    queues.revoke([0]);
    await pass(60_000);

    expect(destination.sends).toHaveLength(1);
    expect(committed()).toEqual([]);
    expect(errors()).toEqual([]);
  });

  test('is delivered again only when the send has ended', async () => {
    const { queues, open, accept, destination, offsets } = await aFailedBatch('manual');

    queues.revoke([0]);
    open(0);
    accept(records(0, 1, 2));
    await pass(60_000);
    const before = offsets().length;
    destination.sends[0]?.accept();
    await pass(0);

    expect([before, offsets().length]).toEqual([1, 2]);
  });

  test('is not dropped without a destination, because its new owner delivers it', async () => {
    const { queues, accept, invoked, places, committed, lines } = aDelivery(
      { failures: { maximumRetries: 0 }, batches: 'mixed', batchSize: 4 },
      [0, 1],
    );
    accept(records(0, 1), 0);
    accept(records(5, 6), 1);
    await pass(0);

    queues.revoke([0]);
    invoked[0]?.fail();
    await pass(0);

    expect(places()).toEqual([{ 0: [0, 1], 1: [5, 6] }]);
    expect([committed(0), committed(1)]).toEqual([[], [7]]);
    expect(lines.at(-1)).toMatch(/^error orders-1 → work: offsets 5–6, 2 records: .* dropped/);
  });
});

describe('in a mixed batch', () => {
  const mixed = { batches: 'mixed' } as const;

  test('a partition that is revoked before the send is not sent, unlike the others', async () => {
    const { queues, accept, invoked, destination, committed, sent } = await aFailedBatch(
      'accepts',
      mixed,
      [0, 1],
    );
    accept(records(3, 4, 5), 0);
    accept(records(3, 4, 5), 1);
    await pass(500);

    queues.revoke([0]);
    invoked[1]?.fail();
    await pass(0);

    expect(sent().slice(1)).toEqual([['1:3', '1:4', '1:5']]);
    expect(JSON.parse(destination.sends[1]?.batch.event ?? '').records).not.toHaveProperty('orders-0');
    expect([committed(0), committed(1)]).toEqual([[3], [3, 6]]);
  });

  test('a partition that is revoked between two sends is not sent again, unlike the others', async () => {
    const { queues, destination, committed, sent } = await aFailedBatch('rejects', mixed, [0, 1]);

    queues.revoke([0]);
    destination.answer = 'accepts';
    await pass(200);

    expect(sent()).toEqual([
      ['0:0', '0:1', '0:2', '1:0', '1:1', '1:2'],
      ['1:0', '1:1', '1:2'],
    ]);
    expect([committed(0), committed(1)]).toEqual([[], [3]]);
  });
});
