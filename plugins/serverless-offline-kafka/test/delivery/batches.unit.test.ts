import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { aDelivery, pass, WINDOW_MS } from '../support/a-delivery.ts';
import { records } from '../support/records.ts';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

// one partition: it makes no difference whether others may be mixed with it
describe.each(['per-partition', 'mixed'] as const)('a batch (%s)', (batches) => {
  test('goes at once when it is full', async () => {
    const { accept, offsets } = aDelivery({ batches });
    await pass(0);

    accept(records(0, 1, 2));

    expect(offsets()).toEqual([[0, 1, 2]]);
  });

  test('goes when the window has passed since its first record', async () => {
    const { accept, offsets } = aDelivery({ batches });

    accept(records(0));
    await pass(WINDOW_MS - 100);
    accept(records(1));
    await pass(99);
    const before = offsets();
    await pass(1);

    expect(before).toEqual([]);
    expect(offsets()).toEqual([[0, 1]]);
  });

  test('waits a whole window from the end of the invocation before, though its records came meanwhile', async () => {
    const { accept, invoked, offsets } = aDelivery({ batches });
    accept(records(0, 1, 2, 3));
    await pass(10 * WINDOW_MS);

    invoked[0]?.succeed();
    await pass(WINDOW_MS - 1);
    const before = offsets();
    await pass(1);

    expect(before).toEqual([[0, 1, 2]]);
    expect(offsets()).toEqual([[0, 1, 2], [3]]);
  });

  test('does not wait at all with a window of 0', async () => {
    const { accept, offsets } = aDelivery({ batches, batchingWindowMs: 0 });
    await pass(0);

    accept(records(0));

    expect(offsets()).toEqual([[0]]);
  });

  test('waits for the one before it', async () => {
    const { accept, invoked, offsets } = aDelivery({ batches });

    accept(records(0, 1, 2, 3, 4, 5));
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
});

test('each invocation has a request id of its own, also when it is the same batch again', async () => {
  const { accept, invoked } = aDelivery();

  accept(records(0, 1, 2));
  await pass(0);
  invoked[0]?.fail();
  await pass(200);

  expect(new Set(invoked.map(({ requestId }) => requestId)).size).toBe(2);
});

test('memory is bounded: reading pauses when a whole batch waits and goes on when there is room again', async () => {
  const { accept, invoked, fetching } = aDelivery();
  await pass(0);

  accept(records(0, 1, 2));
  const afterFirst = [...fetching];
  accept(records(3, 4));
  const afterPart = [...fetching];
  accept(records(5, 6, 7));
  const afterBatch = [...fetching];
  invoked[0]?.succeed();
  await pass(0);

  expect(afterFirst).toEqual(['pause 0', 'resume 0']);
  expect(afterPart).toEqual(afterFirst);
  expect(afterBatch).toEqual([...afterFirst, 'pause 0']);
  expect(fetching).toEqual([...afterBatch, 'resume 0']);
});

test('the position is behind the last record taken over, whether it was delivered or not', () => {
  const { queues, accept } = aDelivery();

  const before = queues.get(0)?.nextOffset;
  accept(records(7, 9));

  expect([before, queues.get(0)?.nextOffset]).toEqual([undefined, 10]);
});
