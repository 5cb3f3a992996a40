import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { SelfManagedKafkaEvent } from 'aws-lambda';
import type { KafkaRecord } from '../../src/delivery/kafka-event.ts';
import { type DeliveryParts, PartitionDelivery } from '../../src/delivery/partition-delivery.ts';
import { records } from '../support/records.ts';

const WINDOW_MS = 500;

/** A delivery whose function is answered by hand: `invoked` has one entry per invocation. */
function aDelivery(parts: Partial<DeliveryParts> = {}) {
  const invoked: { offsets: number[]; succeed(): void; fail(error: Error): void }[] = [];
  const committed: number[] = [];
  const fetching: string[] = [];
  const reported: string[] = [];
  const delivery = new PartitionDelivery({
    origin: { topic: 'orders', partition: 0, bootstrapServers: 'localhost:9092' },
    batchSize: 3,
    batchingWindowMs: WINDOW_MS,
    passes: () => true,
    invoke: (json) =>
      new Promise((succeed, fail) => {
        const event: SelfManagedKafkaEvent = JSON.parse(json);
        invoked.push({
          offsets: (event.records['orders-0'] ?? []).map(({ offset }) => offset),
          succeed,
          fail,
        });
      }),
    commit: async (nextOffset) => void committed.push(nextOffset),
    pause: () => void fetching.push('pause'),
    resume: () => void fetching.push('resume'),
    after: Promise.resolve(),
    report: {
      succeeded: ({ firstOffset, lastOffset }, _, kept) => {
        reported.push(`${firstOffset}–${lastOffset} ${kept ? 'succeeded' : 'lost'}`);
      },
      failed: ({ firstOffset, lastOffset }, _, error, retryInMs) => {
        reported.push(`${firstOffset}–${lastOffset} ${String(error)}, retry in ${retryInMs}`);
      },
      filteredOut: (count) => void reported.push(`${count} filtered out`),
      warning: (message) => reported.push(message),
    },
    ...parts,
  });
  return {
    delivery,
    invoked,
    committed,
    fetching,
    reported,
    offsets: () => invoked.map(({ offsets }) => offsets),
  };
}

const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

describe('a batch', () => {
  test('goes at once when it is full', async () => {
    const { delivery, offsets } = aDelivery();

    delivery.accept(records(0, 1, 2));
    await pass(0);

    expect(offsets()).toEqual([[0, 1, 2]]);
  });

  test('goes when the window has passed since its first record', async () => {
    const { delivery, offsets } = aDelivery();

    delivery.accept(records(0));
    await pass(WINDOW_MS - 100);
    delivery.accept(records(1));
    await pass(99);
    const before = offsets();
    await pass(1);

    expect(before).toEqual([]);
    expect(offsets()).toEqual([[0, 1]]);
  });

  test('waits a whole window from the end of the invocation before, though its records came meanwhile', async () => {
    const { delivery, invoked, offsets } = aDelivery();
    delivery.accept(records(0, 1, 2, 3));
    await pass(10 * WINDOW_MS);

    invoked[0]?.succeed();
    await pass(WINDOW_MS - 1);
    const before = offsets();
    await pass(1);

    expect(before).toEqual([[0, 1, 2]]);
    expect(offsets()).toEqual([[0, 1, 2], [3]]);
  });

  test('does not wait at all with a window of 0', async () => {
    const { delivery, offsets } = aDelivery({ batchingWindowMs: 0 });

    delivery.accept(records(0));
    await pass(0);

    expect(offsets()).toEqual([[0]]);
  });

  test('waits for the one before it', async () => {
    const { delivery, invoked, offsets } = aDelivery();

    delivery.accept(records(0, 1, 2, 3, 4, 5));
    await pass(60_000);
    const before = offsets();
    invoked[0]?.succeed();
    await pass(0);

    expect(before).toEqual([[0, 1, 2]]);
    expect(offsets()).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
  });

  test('is one record if that alone is larger than Lambda’s limit, with a warning', async () => {
    const { delivery, invoked, offsets, reported } = aDelivery();
    const [large] = records(0).map((record) => ({ ...record, value: Buffer.alloc(6_000_000) }));

    delivery.accept([...(large ? [large] : []), ...records(1, 2, 3)]);
    await pass(0);
    invoked[0]?.succeed();
    await pass(0);

    expect(offsets()).toEqual([[0], [1, 2, 3]]);
    expect(reported[0]).toContain('larger than the 6 MB');
  });
});

describe('the offsets', () => {
  test('are committed behind a batch only when the function has succeeded', async () => {
    const { delivery, invoked, committed } = aDelivery();

    delivery.accept(records(10, 11, 15));
    await pass(5_000);
    const before = [...committed];
    invoked[0]?.succeed();
    await pass(0);

    expect(before).toEqual([]);
    expect(committed).toEqual([16]);
  });

  test('stay while the function fails, and the same batch is tried again, ever more slowly', async () => {
    const { delivery, invoked, committed, offsets, reported } = aDelivery();

    delivery.accept(records(0, 1, 2, 3));
    await pass(0);
    invoked[0]?.fail(new Error('no'));
    await pass(200);
    invoked[1]?.fail(new Error('no'));
    await pass(399);
    const early = offsets().length;
    await pass(1);

    expect(early).toBe(2);
    expect(offsets()).toEqual([
      [0, 1, 2],
      [0, 1, 2],
      [0, 1, 2],
    ]);
    expect(committed).toEqual([]);
    expect(reported).toEqual(['0–2 Error: no, retry in 200', '0–2 Error: no, retry in 400']);
  });

  test('are committed again after a commit that failed, also when nothing further arrives', async () => {
    const commit = jest.fn<(nextOffset: number) => Promise<void>>();
    commit.mockRejectedValueOnce(new Error('away')).mockResolvedValue();
    const { delivery, invoked, reported } = aDelivery({ commit });

    delivery.accept(records(0, 1, 2));
    await pass(0);
    invoked[0]?.succeed();
    await pass(200);

    expect(commit.mock.calls).toEqual([[3], [3]]);
    expect(reported).toContain('offset 3 could not be committed, trying on: away');
  });
});

describe('memory', () => {
  test('is bounded: reading pauses when a whole batch waits and goes on when there is room again', async () => {
    const { delivery, invoked, fetching } = aDelivery();

    delivery.accept(records(0, 1, 2));
    await pass(0);
    const afterFirst = [...fetching];
    delivery.accept(records(3, 4));
    const afterPart = [...fetching];
    delivery.accept(records(5, 6, 7));
    const afterBatch = [...fetching];
    invoked[0]?.succeed();
    await pass(0);

    expect(afterFirst).toEqual(['pause', 'resume']);
    expect(afterPart).toEqual(['pause', 'resume']);
    expect(afterBatch).toEqual(['pause', 'resume', 'pause']);
    expect(fetching).toEqual(['pause', 'resume', 'pause', 'resume']);
  });
});

describe('records that are filtered out', () => {
  const even = { passes: ({ offset }: KafkaRecord) => offset % 2 === 0 };
  const none = { passes: () => false };

  test('neither reach the function nor count in its batch', async () => {
    const { delivery, offsets, reported } = aDelivery(even);

    delivery.accept(records(0, 1, 2, 3, 4, 5));
    await pass(0);

    expect(offsets()).toEqual([[0, 2, 4]]);
    expect(reported).toEqual(['3 filtered out']);
  });

  test('neither start a window nor end one', async () => {
    const { delivery, offsets } = aDelivery(even);

    delivery.accept(records(1));
    await pass(10 * WINDOW_MS);
    delivery.accept(records(2));
    await pass(WINDOW_MS - 1);
    delivery.accept(records(3, 5, 7, 9));
    const before = offsets();
    await pass(1);

    expect(before).toEqual([]);
    expect(offsets()).toEqual([[2]]);
  });

  test('are committed at once when nothing waits before them, without an invocation', async () => {
    const { delivery, committed, offsets } = aDelivery(none);

    delivery.accept(records(7, 8));
    await pass(0);
    const afterFirst = [...committed];
    delivery.accept(records(9, 12));
    await pass(0);

    expect(offsets()).toEqual([]);
    expect(afterFirst).toEqual([9]);
    expect(committed).toEqual([9, 13]);
  });

  test('are committed up to a record that waits for its window, and not beyond it', async () => {
    const { delivery, committed, offsets } = aDelivery(even);

    delivery.accept(records(1, 3, 4, 5));
    await pass(WINDOW_MS - 1);
    delivery.accept(records(7));
    await pass(0);

    expect(offsets()).toEqual([]);
    expect(committed).toEqual([4]);
  });

  test('are committed behind a batch in flight only when that has succeeded', async () => {
    const { delivery, invoked, committed } = aDelivery({ ...even, batchSize: 1 });
    delivery.accept(records(0, 1, 3));
    await pass(0);
    delivery.accept(records(5, 7));
    invoked[0]?.fail(new Error('no'));
    await pass(200);
    const before = [...committed];

    invoked[1]?.succeed();
    await pass(0);

    expect(before).toEqual([]);
    expect(committed).toEqual([8]);
  });

  test('are committed behind a batch up to the next one', async () => {
    const { delivery, invoked, committed, offsets } = aDelivery({ ...even, batchSize: 1 });
    delivery.accept(records(0, 1, 2, 3));
    await pass(0);

    invoked[0]?.succeed();
    await pass(0);

    expect(offsets()).toEqual([[0], [2]]);
    expect(committed).toEqual([2]);
  });

  test('are not committed when the batch before them is given up', async () => {
    const { delivery, invoked, committed } = aDelivery({ ...even, batchSize: 1 });
    delivery.accept(records(0, 1));
    await pass(0);

    const stopped = delivery.stop();
    invoked[0]?.fail(new Error('no'));
    await pass(0);
    await stopped;

    expect(committed).toEqual([]);
  });

  test('are not taken over any more after a stop', async () => {
    const { delivery, committed } = aDelivery(none);
    await delivery.stop();

    delivery.accept(records(7));
    await pass(0);

    expect(committed).toEqual([]);
  });

  test('do not pause the reading, however many there are, while those that pass still do', async () => {
    const { delivery, fetching } = aDelivery({ ...even, batchingWindowMs: 60_000 });

    delivery.accept(records(1, 3, 5, 7, 9, 11, 13, 14, 16));
    const before = [...fetching];
    delivery.accept(records(17, 18));

    expect(before).toEqual([]);
    expect(fetching).toEqual(['pause']);
  });

  test('count in the position, so that they are not read again', () => {
    const { delivery } = aDelivery(none);

    delivery.accept(records(7, 9));

    expect(delivery.nextOffset).toBe(10);
  });
});

describe('a partition that is given to another member', () => {
  test('has its waiting records dropped and its batch in flight not committed', async () => {
    const { delivery, invoked, committed, offsets, reported } = aDelivery();

    delivery.accept(records(0, 1, 2, 3, 4, 5));
    await pass(0);
    delivery.revoke();
    invoked[0]?.succeed();
    await delivery.ended;
    await pass(60_000);

    expect(offsets()).toEqual([[0, 1, 2]]);
    expect(committed).toEqual([]);
    expect(reported).toEqual(['0–2 lost']);
  });

  test('is not retried any more', async () => {
    const { delivery, invoked, offsets } = aDelivery();

    delivery.accept(records(0, 1, 2));
    await pass(0);
    invoked[0]?.fail(new Error('no'));
    await pass(100);
    delivery.revoke();
    await delivery.ended;

    expect(offsets()).toHaveLength(1);
  });

  test('waits, when it comes back, for the batch that is still in flight', async () => {
    const former = aDelivery();
    former.delivery.accept(records(0, 1, 2));
    await pass(0);
    former.delivery.revoke();
    const { delivery, offsets } = aDelivery({ after: former.delivery.ended });

    delivery.accept(records(0, 1, 2));
    await pass(60_000);
    const before = offsets();
    former.invoked[0]?.succeed();
    await pass(0);

    expect(before).toEqual([]);
    expect(offsets()).toEqual([[0, 1, 2]]);
  });
});

describe('stop', () => {
  test('waits for the batch in flight and its commit, and begins no other', async () => {
    const { delivery, invoked, committed, offsets } = aDelivery();
    delivery.accept(records(0, 1, 2, 3, 4, 5));
    await pass(0);

    const stopped = delivery.stop();
    invoked[0]?.succeed();
    await stopped;

    expect(offsets()).toEqual([[0, 1, 2]]);
    expect(committed).toEqual([3]);
  });

  test('does not wait for the next attempt of a failing batch', async () => {
    const { delivery, invoked, committed } = aDelivery();
    delivery.accept(records(0, 1, 2));
    await pass(0);
    invoked[0]?.fail(new Error('no'));
    await pass(0);

    await delivery.stop();

    expect(committed).toEqual([]);
    expect(invoked).toHaveLength(1);
  });
});

test('the position is behind the last record taken over, whether it was delivered or not', () => {
  const { delivery } = aDelivery();

  const before = delivery.nextOffset;
  delivery.accept(records(7, 9));

  expect([before, delivery.nextOffset]).toEqual([undefined, 10]);
});
