import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { aDelivery, pass, WINDOW_MS } from '../support/a-delivery.ts';
import { records, upTo } from '../support/records.ts';

const mixed = { batches: 'mixed', batchSize: 6 } as const;

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

describe('a mixed batch', () => {
  test('contains records of several partitions, each in order, and commits each partition', async () => {
    const { accept, invoked, places, committed } = aDelivery(mixed, [0, 1, 2]);

    accept(records(0, 1), 0);
    accept(records(7, 9), 1);
    accept(records(3, 4), 2);
    await pass(0);
    invoked[0]?.succeed();
    await pass(0);

    expect(places()).toEqual([{ 0: [0, 1], 1: [7, 9], 2: [3, 4] }]);
    expect([committed(0), committed(1), committed(2)]).toEqual([[2], [10], [5]]);
  });

  test('is delivered when the window has passed since the first record of any partition', async () => {
    const { accept, places } = aDelivery(mixed, [0, 1]);

    accept(records(0), 0);
    await pass(WINDOW_MS - 100);
    accept(records(5), 1);
    await pass(99);
    const before = places();
    await pass(1);

    expect(before).toEqual([]);
    expect(places()).toEqual([{ 0: [0], 1: [5] }]);
  });

  test('starts with the partition that has waited longest', async () => {
    const { accept, places } = aDelivery({ ...mixed, batchSize: 3 }, [0, 1, 2]);

    accept(records(0), 2);
    await pass(1);
    accept(records(0), 0);
    await pass(1);
    accept(records(0, 1), 1);
    await pass(0);

    expect(places()).toEqual([{ 0: [0], 1: [0], 2: [0] }]);
    expect(Object.values(places()[0] ?? {}).flat()).toHaveLength(3);
  });

  test('no partition starves, however many records another has', async () => {
    const { accept, invoked, places } = aDelivery({ ...mixed, batchSize: 3 }, [0, 1]);
    accept(records(...upTo(30)), 0);
    accept(records(0), 1);
    await pass(WINDOW_MS);

    for (let next = 0; next < 4; next += 1) {
      invoked[next]?.succeed();
      await pass(1);
    }

    expect(places().filter((place) => '1' in place)).toHaveLength(1);
  });

  test('has its partitions exclusively, while others are delivered in parallel', async () => {
    const { accept, invoked, places } = aDelivery({ ...mixed, batchSize: 2 }, [0, 1, 2, 3]);
    accept(records(0), 0);
    accept(records(0), 1);
    await pass(0);

    accept(records(1, 2), 0);
    accept(records(0), 2);
    accept(records(0), 3);
    await pass(60_000);
    const beside = places();
    invoked[0]?.succeed();
    await pass(0);

    expect(beside).toEqual([
      { 0: [0], 1: [0] },
      { 2: [0], 3: [0] },
    ]);
    expect(places()[2]).toEqual({ 0: [1, 2] });
  });

  test('that fails is retried as a whole, and both partitions wait', async () => {
    const { accept, invoked, places, committed } = aDelivery(mixed, [0, 1]);
    accept(records(0, 1, 2), 0);
    accept(records(0, 1, 2), 1);
    await pass(0);

    invoked[0]?.fail();
    await pass(200);

    expect(places()).toEqual([
      { 0: [0, 1, 2], 1: [0, 1, 2] },
      { 0: [0, 1, 2], 1: [0, 1, 2] },
    ]);
    expect([committed(0), committed(1)]).toEqual([[], []]);
  });
});

describe('a revoked partition of a mixed batch', () => {
  test('is neither retried nor committed, unlike the others', async () => {
    const { queues, accept, invoked, places, committed } = aDelivery(mixed, [0, 1]);
    accept(records(0, 1, 2), 0);
    accept(records(0, 1, 2), 1);
    await pass(0);
    invoked[0]?.fail();
    await pass(50);

    queues.revoke([0]);
    await pass(200);
    invoked[1]?.succeed();
    await pass(0);

    expect(places()).toEqual([{ 0: [0, 1, 2], 1: [0, 1, 2] }, { 1: [0, 1, 2] }]);
    expect([committed(0), committed(1)]).toEqual([[], [3]]);
  });

  test('is not committed when the function succeeds later, unlike the others', async () => {
    const { queues, accept, invoked, committed } = aDelivery(mixed, [0, 1]);
    accept(records(0, 1, 2), 0);
    accept(records(0, 1, 2), 1);
    await pass(0);

    queues.revoke([1]);
    invoked[0]?.succeed();
    await pass(0);

    expect([committed(0), committed(1)]).toEqual([[3], []]);
  });

  test('is delivered when it is assigned again, while the others still fail', async () => {
    const { queues, open, accept, invoked, places, committed } = aDelivery(mixed, [0, 1]);
    accept(records(0, 1, 2), 0);
    accept(records(0, 1, 2), 1);
    await pass(0);

    queues.revoke([0]);
    open(0);
    accept(records(0, 1, 2), 0);
    await pass(WINDOW_MS);
    const during = places();
    invoked[0]?.fail();
    await pass(0);
    invoked.find(({ places: of }, index) => index > 0 && '0' in of)?.succeed();
    await pass(0);

    expect(during).toHaveLength(1);
    expect(places().slice(1)).toEqual([{ 0: [0, 1, 2] }]);
    expect([committed(0), committed(1)]).toEqual([[3], []]);
  });

  test('is delivered when it is assigned again, while the others wait for their next attempt', async () => {
    const { queues, open, accept, invoked, places } = aDelivery(
      { ...mixed, batchSize: 2, failures: { bisects: true } },
      [0, 1],
    );
    accept(records(0), 1);
    accept(records(0), 0);
    await pass(0);
    invoked[0]?.fail();
    await pass(0);

    queues.revoke([0]);
    open(0);
    accept(records(0, 1), 0);
    await pass(0);

    expect(places()).toContainEqual({ 0: [0, 1] });
  });
});

test('a stop waits for all batches in flight and commits each', async () => {
  const { queues, accept, invoked, committed } = aDelivery({ ...mixed, batchSize: 2 }, [0, 1, 2]);
  accept(records(0), 0);
  accept(records(0), 1);
  accept(records(0, 1), 2);
  await pass(0);

  const stopped = queues.stop();
  invoked[0]?.succeed();
  invoked[1]?.succeed();
  await stopped;

  expect([committed(0), committed(1), committed(2)]).toEqual([[1], [1], [2]]);
});
