import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { aDelivery, pass } from '../support/a-delivery.ts';
import { records } from '../support/records.ts';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

describe('the offsets', () => {
  test('are committed only after the function has succeeded', async () => {
    const { accept, invoked, committed } = aDelivery();

    accept(records(10, 11, 15));
    await pass(5_000);
    const before = committed();
    invoked[0]?.succeed();
    await pass(0);

    expect(before).toEqual([]);
    expect(committed()).toEqual([16]);
  });

  test('are committed again after a failed commit, also without further records', async () => {
    const commit = jest.fn<(partition: number, nextOffset: number) => Promise<void>>();
    commit.mockRejectedValueOnce(new Error('away')).mockResolvedValue();
    const { accept, invoked, lines } = aDelivery({ commit });

    accept(records(0, 1, 2));
    await pass(0);
    invoked[0]?.succeed();
    await pass(200);

    expect(commit.mock.calls).toEqual([
      [0, 3],
      [0, 3],
    ]);
    expect(lines).toContain('warning orders-0 → work: offset 3 could not be committed, retrying: away');
  });

  test('include later settled records when commits fail for a while, and skip nothing', async () => {
    const commit = jest.fn<(partition: number, nextOffset: number) => Promise<void>>();
    commit.mockRejectedValueOnce(new Error('away')).mockResolvedValue();
    const { accept, invoked } = aDelivery({ commit });
    accept(records(0, 1, 2, 3, 4, 5, 6, 7, 8));
    await pass(0);

    invoked[0]?.succeed();
    await pass(0);
    invoked[1]?.succeed();
    await pass(200);

    expect(commit.mock.calls).toEqual([
      [0, 3],
      [0, 6],
    ]);
  });

  test('of a revoked partition are not committed any more, while commits fail', async () => {
    const commit = jest.fn<(partition: number, nextOffset: number) => Promise<void>>();
    commit.mockRejectedValue(new Error('away'));
    const { queues, accept, invoked } = aDelivery({ commit });
    accept(records(0, 1, 2));
    await pass(0);
    invoked[0]?.succeed();
    await pass(50);

    queues.revoke([0]);
    await pass(60_000);

    expect(commit).toHaveBeenCalledTimes(1);
  });
});
