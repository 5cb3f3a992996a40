import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { aDelivery, type Invoked, pass } from '../support/a-delivery.ts';
import { ADestination } from '../support/a-destination.ts';
import { records, upTo } from '../support/records.ts';

const failures = { reportsItemFailures: true };
const failureOf = (partition: unknown, offset: unknown) => ({ itemIdentifier: { partition, offset } });
const reported = (...offsets: number[]) => ({
  batchItemFailures: offsets.map((offset) => failureOf('orders-0', offset)),
});

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

describe('a function that reports records as failed', () => {
  test('gets only these records again, in order, with any order in the response', async () => {
    const { accept, invoked, offsets, committed, lines } = aDelivery({ failures, batchSize: 6 });
    accept(records(...upTo(6)));
    await pass(0);

    invoked[0]?.succeed(reported(4, 1, 4));
    await pass(200);
    invoked[1]?.succeed(reported());
    await pass(0);

    expect(offsets()).toEqual([upTo(6), [1, 4]]);
    expect(committed()).toEqual([1, 6]);
    expect(lines[0]).toContain('2 of 6 records reported as failed, next attempt in 0.2 s; not committed');
  });

  test('has the rest settled, but commits only up to the lowest unsettled record', async () => {
    const { accept, invoked, committed, offsets } = aDelivery({ failures, batchSize: 6 });
    accept(records(...upTo(12)));
    await pass(0);

    invoked[0]?.succeed(reported(1, 4));
    await pass(200);
    invoked[1]?.succeed(reported(4));
    await pass(400);
    const during = committed();
    const early = offsets();
    invoked[2]?.succeed(reported());
    await pass(0);

    expect(early).toEqual([upTo(6), [1, 4], [4]]);
    expect(during).toEqual([1, 4]);
    expect(committed()).toEqual([1, 4, 6]);
    expect(offsets()[3]).toEqual([6, 7, 8, 9, 10, 11]);
  });

  test('gets all records from the lowest reported one, with an option', async () => {
    const { accept, invoked, offsets, committed } = aDelivery({
      failures: { ...failures, partialResponse: 'from-lowest' },
      batchSize: 6,
    });
    accept(records(...upTo(6)));
    await pass(0);

    invoked[0]?.succeed(reported(4, 2));
    await pass(200);
    invoked[1]?.succeed(null);
    await pass(0);

    expect(offsets()).toEqual([upTo(6), [2, 3, 4, 5]]);
    expect(committed()).toEqual([2, 6]);
  });

  test('has them discarded when they are reported too often', async () => {
    const destination = new ADestination();
    const { accept, invoked, committed } = aDelivery({
      failures: { ...failures, maximumRetries: 1 },
      destination,
    });
    accept(records(0, 1, 2));
    await pass(0);

    invoked[0]?.succeed(reported(1));
    await pass(200);
    invoked[1]?.succeed(reported(1));
    await pass(0);

    expect(destination.sends.map(({ offsets, batch }) => [offsets, batch.invokeCount])).toEqual([[[1], 2]]);
    expect(committed()).toEqual([1, 3]);
  });
});

describe('several partitions in one event', () => {
  const bothPartitions = {
    batchItemFailures: [failureOf('orders-0', 2), failureOf('orders-1', 2), failureOf('orders-1', 1)],
  };

  test('are distinguished, although their offsets are equal', async () => {
    const { accept, invoked, places, committed } = aDelivery(
      { failures, batches: 'mixed', batchSize: 8 },
      [0, 1],
    );
    accept(records(...upTo(4)), 0);
    accept(records(...upTo(4)), 1);
    await pass(0);

    invoked[0]?.succeed(bothPartitions);
    await pass(200);

    expect(places()[1]).toEqual({ 0: [2], 1: [1, 2] });
    expect([committed(0), committed(1)]).toEqual([[2], [1]]);
  });

  test('each continue from their lowest reported offset, with an option', async () => {
    const { accept, invoked, places } = aDelivery(
      { failures: { ...failures, partialResponse: 'from-lowest' }, batches: 'mixed', batchSize: 12 },
      [0, 1, 2],
    );
    for (const partition of [0, 1, 2]) {
      accept(records(...upTo(4)), partition);
    }
    await pass(0);

    invoked[0]?.succeed(bothPartitions);
    await pass(200);

    expect(places()[1]).toEqual({ 0: [2, 3], 1: [1, 2, 3] });
  });
});

describe('a response', () => {
  /** Returns the records of the invocation after this response. */
  async function after(
    answer: unknown,
  ): Promise<{ next: readonly number[] | undefined; line: string | undefined }> {
    const { accept, invoked, lines } = aDelivery({ failures });
    accept(records(0, 1, 2));
    await pass(0);
    (invoked[0] as Invoked).succeed(answer);
    await pass(200);
    return { next: invoked[1]?.offsets, line: lines[0] };
  }

  test.each([
    ['null', null],
    ['nothing', undefined],
    ['an empty object', {}],
    ['an empty list', { batchItemFailures: [] }],
    ['no list', { batchItemFailures: null }],
    ['something else', { statusCode: 500 }],
  ])('of %s is a success', async (_, answer) => {
    const { next, line } = await after(answer);

    expect(next).toBeUndefined();
    expect(line).toMatch(/succeeded$/);
  });

  test.each([
    ['an offset that was not in the event', { batchItemFailures: [failureOf('orders-0', 3)] }],
    [
      'a known and an unknown offset',
      { batchItemFailures: [failureOf('orders-0', 1), failureOf('orders-0', 9)] },
    ],
    ['a partition that was not in the event', { batchItemFailures: [failureOf('orders-1', 1)] }],
    ['another topic', { batchItemFailures: [failureOf('others-0', 1)] }],
    ['a partition number', { batchItemFailures: [failureOf(0, 1)] }],
    ['an offset as a string', { batchItemFailures: [failureOf('orders-0', '1')] }],
    ['a string, as for queues', { batchItemFailures: [{ itemIdentifier: '1' }] }],
    ['a string with partition and offset', { batchItemFailures: [{ itemIdentifier: 'orders-0-1' }] }],
    ['no identifier', { batchItemFailures: [{}] }],
    ['null', { batchItemFailures: [null] }],
    ['a list that is none', { batchItemFailures: { itemIdentifier: 1 } }],
    ['a text', 'orders-0-1'],
    ['a number', 1],
    ['a bare list', [failureOf('orders-0', 1)]],
  ])('with %s fails the whole batch', async (_, answer) => {
    const { next, line } = await after(answer);

    expect(next).toEqual([0, 1, 2]);
    expect(line).toMatch(/failed \(batchItemFailures .*\), next attempt in/);
  });

  test('with an unknown offset is reported with that offset', async () => {
    const { line } = await after({ batchItemFailures: [failureOf('orders-0', 15)] });

    expect(line).toContain('batchItemFailures names offset 15 of orders-0, which was not in the event');
  });

  test('that is invalid counts as a retry', async () => {
    const { accept, invoked, committed } = aDelivery({ failures: { ...failures, maximumRetries: 0 } });
    accept(records(0, 1, 2));
    await pass(0);

    invoked[0]?.succeed('1');
    await pass(0);

    expect(committed()).toEqual([3]);
  });
});

test('without ReportBatchItemFailures the response is ignored', async () => {
  const { accept, invoked, committed } = aDelivery();
  accept(records(0, 1, 2));
  await pass(0);

  invoked[0]?.succeed(reported(1));
  await pass(30_000);

  expect(invoked).toHaveLength(1);
  expect(committed()).toEqual([3]);
});

describe('while only some records are retried', () => {
  test('a stop commits up to the lowest of them', async () => {
    const { queues, accept, invoked, committed } = aDelivery({ failures });
    accept(records(0, 1, 2));
    await pass(0);
    invoked[0]?.succeed(reported(1));
    await pass(0);

    await queues.stop();

    expect(invoked).toHaveLength(1);
    expect(committed()).toEqual([1]);
  });

  test('a stop during an invocation settles the records that are not reported', async () => {
    const { queues, accept, invoked, committed } = aDelivery({ failures });
    accept(records(0, 1, 2));
    await pass(0);

    const stopped = queues.stop();
    invoked[0]?.succeed(reported(2));
    await stopped;

    expect(committed()).toEqual([2]);
  });

  test('a revoked partition is neither retried nor committed', async () => {
    const { queues, accept, invoked, committed } = aDelivery({ failures });
    accept(records(0, 1, 2));
    await pass(0);
    invoked[0]?.succeed(reported(1));
    await pass(0);
    const before = committed();

    queues.revoke([0]);
    await pass(30_000);

    expect(invoked).toHaveLength(1);
    expect(committed()).toEqual(before);
  });
});
