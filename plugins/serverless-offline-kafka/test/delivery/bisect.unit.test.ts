import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { aDelivery, type Invoked, pass } from '../support/a-delivery.ts';
import { ADestination } from '../support/a-destination.ts';
import { records, upTo } from '../support/records.ts';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

/** Ends all invocations: those with a poison record fail, others succeed. */
async function answer(invoked: readonly Invoked[], ...poison: number[]): Promise<void> {
  for (let next = 0; next < invoked.length; next += 1) {
    const one = invoked[next];
    if (one?.offsets.some((offset) => poison.includes(offset))) {
      one.fail();
    } else {
      one?.succeed();
    }
    await pass(30_000);
  }
}

describe('a batch that is bisected', () => {
  test('is retried in halves, in order, and not as a whole', async () => {
    const { accept, invoked, offsets, committed } = aDelivery({ failures: { bisects: true }, batchSize: 5 });
    accept(records(...upTo(5)));
    await pass(0);

    invoked[0]?.fail();
    await pass(200);
    const first = offsets();
    invoked[1]?.succeed();
    await pass(0);
    const during = committed();
    invoked[2]?.succeed();
    await pass(0);

    expect(first).toEqual([upTo(5), [0, 1, 2]]);
    expect(offsets()).toEqual([upTo(5), [0, 1, 2], [3, 4]]);
    expect(during).toEqual([3]);
    expect(committed()).toEqual([3, 5]);
  });

  test('isolates one poison record of a hundred and settles the others', async () => {
    const destination = new ADestination();
    const { accept, invoked, offsets, committed } = aDelivery({
      failures: { bisects: true, maximumRetries: 3 },
      batchSize: 100,
      destination,
    });
    accept(records(...upTo(100)));
    await pass(0);

    await answer(invoked, 63);

    const succeeded = offsets().filter((batch) => !batch.includes(63));
    expect(succeeded.flat()).toEqual(upTo(100).filter((offset) => offset !== 63));
    expect(offsets().filter((batch) => batch.length === 1 && batch[0] === 63)).toHaveLength(4);
    expect(destination.sends.map(({ offsets }) => offsets)).toEqual([[63]]);
    expect(committed().at(-1)).toBe(100);
  });

  test('commits up to the poison record while that is retried', async () => {
    const { accept, invoked, committed } = aDelivery({ failures: { bisects: true }, batchSize: 4 });
    accept(records(...upTo(4)));
    await pass(0);

    invoked[0]?.fail();
    await pass(200);
    invoked[1]?.fail();
    await pass(200);
    invoked[2]?.succeed();
    await pass(0);
    invoked[3]?.fail();
    await pass(0);

    expect(invoked[3]?.offsets).toEqual([1]);
    expect(committed()).toEqual([1]);
  });

  test('does not count as a retry: without retries, each half still has its attempt', async () => {
    const { accept, invoked, offsets, committed, lines } = aDelivery({
      failures: { bisects: true, maximumRetries: 0 },
      batchSize: 4,
    });
    accept(records(...upTo(4)));
    await pass(0);

    await answer(invoked, 1);

    expect(offsets()).toEqual([upTo(4), [0, 1], [0], [1], [2, 3]]);
    expect(lines.filter((line) => line.startsWith('error'))).toEqual([
      expect.stringContaining('offset 1, 1 record: discarded after 3 attempts'),
    ]);
    expect(committed().at(-1)).toBe(4);
  });

  test('that always fails ends with single records, in order', async () => {
    const destination = new ADestination();
    const { accept, invoked, committed } = aDelivery({
      failures: { bisects: true, maximumRetries: 0 },
      batchSize: 4,
      destination,
    });
    accept(records(...upTo(4)));
    await pass(0);

    await answer(invoked, ...upTo(4));

    expect(destination.sends.map(({ offsets }) => offsets)).toEqual([[0], [1], [2], [3]]);
    expect(committed()).toEqual([1, 2, 3, 4]);
  });

  test('does not start the second half after a stop, and commits the first if it succeeds', async () => {
    const { queues, accept, invoked, offsets, committed } = aDelivery({
      failures: { bisects: true },
      batchSize: 4,
    });
    accept(records(...upTo(4)));
    await pass(0);
    invoked[0]?.fail();
    await pass(200);

    const stopped = queues.stop();
    invoked[1]?.succeed();
    await stopped;

    expect(offsets()).toEqual([upTo(4), [0, 1]]);
    expect(committed()).toEqual([2]);
  });

  test('does not start the second half when its partition is revoked, and commits nothing', async () => {
    const { queues, accept, invoked, offsets, committed } = aDelivery({
      failures: { bisects: true },
      batchSize: 4,
    });
    accept(records(...upTo(4)));
    await pass(0);
    invoked[0]?.fail();
    await pass(200);

    queues.revoke([0]);
    invoked[1]?.succeed();
    await pass(30_000);

    expect(offsets()).toEqual([upTo(4), [0, 1]]);
    expect(committed()).toEqual([]);
  });
});

describe('with a partial response', () => {
  const failures = { bisects: true, reportsItemFailures: true, maximumRetries: 1 };
  const reported = (...offsets: number[]) => ({
    batchItemFailures: offsets.map((offset) => ({ itemIdentifier: { partition: 'orders-0', offset } })),
  });

  test('the reported records are retried together, and split when the function throws', async () => {
    const { accept, invoked, offsets } = aDelivery({ failures, batchSize: 6 });
    accept(records(...upTo(6)));
    await pass(0);

    invoked[0]?.succeed(reported(1, 2, 4));
    await pass(200);
    invoked[1]?.fail();
    await pass(200);

    expect(offsets()).toEqual([upTo(6), [1, 2, 4], [1, 2]]);
  });

  test('one poison record that is always reported is discarded after its retries', async () => {
    const { accept, invoked, offsets, committed } = aDelivery({ failures });
    accept(records(0, 1, 2, 3, 4, 5));
    await pass(0);

    invoked[0]?.succeed(reported(1));
    await pass(200);
    invoked[1]?.succeed(reported(1));
    await pass(200);

    expect(offsets()).toEqual([[0, 1, 2], [1], [3, 4, 5]]);
    expect(committed()).toEqual([1, 3]);
  });
});
