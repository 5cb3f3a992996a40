import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { compileFilter } from '../../src/filter/record-filter.ts';
import { aDelivery, pass, WINDOW_MS } from '../support/a-delivery.ts';
import { records } from '../support/records.ts';

const ending = (...digits: number[]) =>
  compileFilter(JSON.stringify({ value: digits.map((digit) => ({ suffix: String(digit) })) })).filter;

const even = { filters: [ending(0, 2, 4, 6, 8)] };
const none = { filters: [compileFilter('{"value":["never"]}').filter] };

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

describe('filtered records', () => {
  test('are not delivered and do not count in a batch', async () => {
    const { accept, offsets, filteredOut } = aDelivery(even);

    accept(records(0, 1, 2, 3, 4, 5));
    await pass(0);

    expect(offsets()).toEqual([[0, 2, 4]]);
    expect(filteredOut).toEqual([3]);
  });

  test('neither start nor end a window', async () => {
    const { accept, offsets } = aDelivery(even);

    accept(records(1));
    await pass(10 * WINDOW_MS);
    accept(records(2));
    await pass(WINDOW_MS - 1);
    accept(records(3, 5, 7, 9));
    const before = offsets();
    await pass(1);

    expect(before).toEqual([]);
    expect(offsets()).toEqual([[2]]);
  });

  test('are committed at once if nothing waits before them, without an invocation', async () => {
    const { accept, committed, offsets } = aDelivery(none);

    accept(records(7, 8));
    await pass(0);
    const afterFirst = committed();
    accept(records(9, 12));
    await pass(0);

    expect(offsets()).toEqual([]);
    expect(afterFirst).toEqual([9]);
    expect(committed()).toEqual([9, 13]);
  });

  test('are committed up to a waiting record, and not beyond it', async () => {
    const { accept, committed, offsets } = aDelivery(even);

    accept(records(1, 3, 4, 5));
    await pass(WINDOW_MS - 1);
    accept(records(7));
    await pass(0);

    expect(offsets()).toEqual([]);
    expect(committed()).toEqual([4]);
  });

  test('after a batch in flight are committed only when the batch has succeeded', async () => {
    const { accept, invoked, committed } = aDelivery({ ...even, batchSize: 1 });
    accept(records(0, 1, 3));
    await pass(0);
    accept(records(5, 7));
    invoked[0]?.fail();
    await pass(200);
    const before = committed();

    invoked[1]?.succeed();
    await pass(0);

    expect(before).toEqual([]);
    expect(committed()).toEqual([8]);
  });

  test('after a batch are committed up to the next batch', async () => {
    const { accept, invoked, committed, offsets } = aDelivery({ ...even, batchSize: 1 });
    accept(records(0, 1, 2, 3));
    await pass(0);

    invoked[0]?.succeed();
    await pass(0);

    expect(offsets()).toEqual([[0], [2]]);
    expect(committed()).toEqual([2]);
  });

  test('between records of a batch are committed up to the first failed record', async () => {
    const { accept, invoked, committed } = aDelivery({ ...even, failures: { reportsItemFailures: true } });
    accept(records(0, 1, 2, 3, 4, 5));
    await pass(0);

    invoked[0]?.succeed({
      batchItemFailures: [{ itemIdentifier: { partition: 'orders-0', offset: 4 } }],
    });
    await pass(0);
    const during = committed();
    accept(records(7));
    await pass(200);
    invoked[1]?.succeed();
    await pass(0);

    expect(during).toEqual([4]);
    expect(committed()).toEqual([4, 8]);
  });

  test('are not committed when the batch before them does not end', async () => {
    const { queues, accept, invoked, committed } = aDelivery({ ...even, batchSize: 1 });
    accept(records(0, 1));
    await pass(0);

    const stopped = queues.stop();
    invoked[0]?.fail();
    await pass(0);
    await stopped;

    expect(committed()).toEqual([]);
  });

  test('are ignored after a stop', async () => {
    const { queues, accept, committed } = aDelivery(none);
    await queues.stop();

    accept(records(7));
    await pass(0);

    expect(committed()).toEqual([]);
  });

  test('do not pause the reading, unlike records that pass', async () => {
    const { accept, fetching } = aDelivery({ ...even, batchingWindowMs: 60_000 });

    accept(records(1, 3, 5, 7, 9, 11, 13, 14, 16));
    const before = [...fetching];
    accept(records(17, 18));

    expect(before).toEqual([]);
    expect(fetching).toEqual(['pause 0']);
  });

  test('count in the read position, so that they are not read again', () => {
    const { queues, accept } = aDelivery(none);

    accept(records(7, 9));

    expect(queues.get(0)?.nextOffset).toBe(10);
  });
});
