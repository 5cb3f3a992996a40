import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { aDelivery, pass } from '../support/a-delivery.ts';
import { records } from '../support/records.ts';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

describe.each(['per-partition', 'mixed'] as const)(
  'a partition that is given to another member (%s)',
  (batches) => {
    test('drops its waiting records and does not commit its batch in flight', async () => {
      const { queues, accept, invoked, committed, offsets, lines } = aDelivery({ batches });

      accept(records(0, 1, 2, 3, 4, 5));
      await pass(0);
      queues.revoke([0]);
      invoked[0]?.succeed();
      await pass(60_000);

      expect(offsets()).toEqual([[0, 1, 2]]);
      expect(committed()).toEqual([]);
      expect(lines).toEqual([
        expect.stringContaining(
          'offsets 0–2, 3 records, 0.5 kB, 0 ms: succeeded, but the partition is revoked',
        ),
      ]);
    });

    test('is not retried any more', async () => {
      const { queues, accept, invoked, offsets } = aDelivery({ batches });

      accept(records(0, 1, 2));
      await pass(0);
      invoked[0]?.fail();
      await pass(100);
      queues.revoke([0]);
      await pass(0);
      const timers = jest.getTimerCount();
      await pass(60_000);

      expect(offsets()).toHaveLength(1);
      expect(timers).toBe(0);
    });

    test('is not retried if it was revoked during the invocation', async () => {
      const { queues, accept, invoked, offsets, lines } = aDelivery({ batches });

      accept(records(0, 1, 2));
      await pass(0);
      queues.revoke([0]);
      invoked[0]?.fail();
      await pass(60_000);

      expect(offsets()).toHaveLength(1);
      expect(lines).toEqual([expect.stringContaining('failed (no), not retried here; not committed')]);
    });

    test('waits for the batch in flight when it is assigned again', async () => {
      const { queues, open, accept, invoked, offsets } = aDelivery({ batches });
      accept(records(0, 1, 2));
      await pass(0);

      queues.revoke([0]);
      open(0);
      accept(records(0, 1, 2));
      await pass(60_000);
      const before = offsets();
      invoked[0]?.succeed();
      await pass(0);

      expect(before).toEqual([[0, 1, 2]]);
      expect(offsets()).toEqual([
        [0, 1, 2],
        [0, 1, 2],
      ]);
    });

    test('waits for that batch also after two reassignments', async () => {
      const { queues, open, accept, invoked, offsets } = aDelivery({ batches });
      accept(records(0, 1, 2));
      await pass(0);

      queues.revoke([0]);
      open(0);
      accept(records(0, 1, 2));
      await pass(1_000);
      queues.revoke([0]);
      open(0);
      accept(records(0, 1, 2));
      await pass(60_000);
      const before = offsets();
      invoked[0]?.succeed();
      await pass(0);

      expect(before).toHaveLength(1);
      expect(offsets()).toHaveLength(2);
    });

    test('continues at once when it is assigned again while its batch waits for the next attempt', async () => {
      const { queues, open, accept, invoked, offsets } = aDelivery({ batches });
      accept(records(0, 1, 2));
      await pass(0);
      invoked[0]?.fail();
      await pass(0);

      queues.revoke([0]);
      open(0);
      accept(records(0, 1, 2));
      await pass(0);

      expect(offsets()).toHaveLength(2);
    });

    test('commits records that it delivers after the reassignment, and none that were in flight before', async () => {
      const { queues, open, accept, invoked, committed } = aDelivery({ batches });
      accept(records(0, 1, 2));
      await pass(0);
      queues.revoke([0]);
      open(0);
      accept(records(3, 4, 5));

      invoked[0]?.succeed();
      await pass(0);
      const before = committed();
      invoked[1]?.succeed();
      await pass(0);

      expect(before).toEqual([]);
      expect(committed()).toEqual([6]);
    });
  },
);

describe('stop', () => {
  test('waits for the batch in flight and its commit, and starts no further batch', async () => {
    const { queues, accept, invoked, committed, offsets } = aDelivery();
    accept(records(0, 1, 2, 3, 4, 5));
    await pass(0);

    const stopped = queues.stop();
    invoked[0]?.succeed();
    await stopped;

    expect(offsets()).toEqual([[0, 1, 2]]);
    expect(committed()).toEqual([3]);
  });

  test('waits until settled records are committed', async () => {
    let acknowledge = (): void => undefined;
    const commit = (): Promise<void> => new Promise((resolve) => (acknowledge = resolve));
    const { queues, accept, invoked } = aDelivery({ commit });
    accept(records(0, 1, 2));
    await pass(0);
    invoked[0]?.succeed();
    await pass(0);
    let isStopped = false;

    const stopped = queues.stop().then(() => {
      isStopped = true;
    });
    await pass(1_000);
    const before = isStopped;
    acknowledge();
    await stopped;

    expect(before).toBe(false);
  });

  test('does not wait for the next attempt of a failing batch', async () => {
    const { queues, accept, invoked, committed } = aDelivery();
    accept(records(0, 1, 2));
    await pass(0);
    invoked[0]?.fail();
    await pass(0);

    await queues.stop();

    expect(committed()).toEqual([]);
    expect(invoked).toHaveLength(1);
  });

  test('starts no batch of records that wait for their window', async () => {
    const { queues, accept, offsets, committed } = aDelivery();
    accept(records(0));

    await queues.stop();
    await pass(60_000);

    expect(offsets()).toEqual([]);
    expect(committed()).toEqual([]);
  });
});
