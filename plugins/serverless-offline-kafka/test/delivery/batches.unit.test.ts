import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { aDelivery, pass, WINDOW_MS } from '../support/a-delivery.ts';
import { aRecord, records } from '../support/records.ts';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

// With one partition, both modes behave the same.
describe.each(['per-partition', 'mixed'] as const)('a batch (%s)', (batches) => {
  test('is delivered at once when it is full', async () => {
    const { accept, offsets } = aDelivery({ batches });
    await pass(0);

    accept(records(0, 1, 2));

    expect(offsets()).toEqual([[0, 1, 2]]);
  });

  test('is delivered when the window has passed since its first record', async () => {
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

  test('waits for a whole window from the end of the previous invocation, although its records arrived earlier', async () => {
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

  test('does not wait with a window of 0', async () => {
    const { accept, offsets } = aDelivery({ batches, batchingWindowMs: 0 });
    await pass(0);

    accept(records(0));

    expect(offsets()).toEqual([[0]]);
  });

  test('waits for the previous batch', async () => {
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

test('each invocation has a new request id, also for a retry', async () => {
  const { accept, invoked } = aDelivery();

  accept(records(0, 1, 2));
  await pass(0);
  invoked[0]?.fail();
  await pass(200);

  expect(new Set(invoked.map(({ requestId }) => requestId)).size).toBe(2);
});

test('reading pauses while a whole batch waits, which limits the memory', async () => {
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

test('the read position is after the last queued record, delivered or not', () => {
  const { queues, accept } = aDelivery();

  const before = queues.get(0)?.nextOffset;
  accept(records(7, 9));

  expect([before, queues.get(0)?.nextOffset]).toEqual([undefined, 10]);
});

test('a waiting record does not keep the buffer of its fetch', () => {
  const fetched = Buffer.alloc(8 * 1024 * 1024, 'x');
  const { accept, queues } = aDelivery();

  const bytes = fetched.subarray(0, 3);
  accept([{ ...aRecord(7), key: bytes, value: bytes, headers: [['name', bytes]] }]);
  const waiting = queues.get(0)?.waiting[0];

  expect(waiting).toMatchObject({ key: 'eHh4', value: 'eHh4', headers: [['name', [120, 120, 120]]] });
  expect(ArrayBuffer.isView(waiting?.headers[0]?.[1])).toBe(false);
});
