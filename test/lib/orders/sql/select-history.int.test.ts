import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { selectHistory } from '../../../../lib/orders/sql/order-history.ts';
import { insertOrders, updateOrders } from '../../../../lib/orders/sql/write-orders.ts';
import type { HistoryEntry } from '../../../../lib/orders/transition.ts';
import { freshDatabase, type TestDatabase } from '../../../support/database.ts';
import { aStoredOrder } from '../../../support/stored-orders.ts';

const noon = Date.parse('2026-11-01T12:00:00.123Z');
let db: TestDatabase;

beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(async () => {
  await db[Symbol.asyncDispose]();
});

const anEntry = (orderId: string, parts: Partial<HistoryEntry> = {}): HistoryEntry => ({
  orderId,
  eventId: randomUUID(),
  eventType: 'order.created',
  version: 1,
  status: 'COMPLETED',
  statusReason: null,
  at: noon,
  ...parts,
});

/** Stores an order in the state of its entry with the highest version. The first entry creates it. */
function store(orderId: string, history: readonly HistoryEntry[]) {
  const version = Math.max(...history.map((entry) => entry.version ?? 0));
  const { status, statusReason, at } = history.find((entry) => entry.version === version) ?? anEntry(orderId);
  const order = aStoredOrder({ orderId, version, status, statusReason, updatedAt: at });
  return insertOrders(db.database, [{ order, history }], noon);
}

describe('the history of an order', () => {
  test('is returned as it was stored', async () => {
    const entry = anEntry('as-stored', { status: 'FAILED', statusReason: 'sold out' });

    await store('as-stored', [entry]);

    expect(await selectHistory(db.database, 'as-stored', 100)).toEqual([entry]);
  });

  test('is complete if its order was stored with a rejected command, and after later changes', async () => {
    const created = anEntry('changed', { status: 'PROCESSING', statusReason: null });
    const rejected = anEntry('changed', { eventType: 'order.cancel_requested', version: null });
    const failed = anEntry('changed', { eventType: 'order.fulfilled', version: 2, at: noon + 1 });
    const retried = anEntry('changed', { eventType: 'order.retry_requested', version: 3, at: noon + 2 });

    await store('changed', [created, rejected]);
    expect(await selectHistory(db.database, 'changed', 100)).toEqual([created, rejected]);
    for (const { version, status, at, ...entry } of [failed, retried]) {
      const order = aStoredOrder({ orderId: 'changed', version: version ?? 0, status, updatedAt: at });
      await updateOrders(db.database, [order], [{ version, status, at, ...entry }]);
    }

    expect(await selectHistory(db.database, 'changed', 100)).toEqual([created, rejected, failed, retried]);
  });

  test('is sorted by time; within a millisecond by version with rejected commands last, then by event id', async () => {
    const rejected = { eventType: 'order.cancel_requested', version: null } as const;
    const sorted = [
      anEntry('sorted', { at: noon - 1, version: 1 }),
      anEntry('sorted', { version: 2 }),
      anEntry('sorted', { version: 3 }),
      anEntry('sorted', { ...rejected, eventId: '10000000-0000-4000-8000-000000000000' }),
      anEntry('sorted', { ...rejected, eventId: 'a0000000-0000-4000-8000-000000000000' }),
      anEntry('sorted', { at: noon + 1, ...rejected }),
    ];

    await store(
      'sorted',
      [3, 5, 2, 4, 0, 1].flatMap((index) => sorted[index] ?? []),
    );

    expect(await selectHistory(db.database, 'sorted', 100)).toEqual(sorted);
  });

  test('contains no entries of other orders, and is empty for an unknown order', async () => {
    await store('mine', [anEntry('mine')]);

    expect(await selectHistory(db.database, 'mine', 100)).toHaveLength(1);
    expect(await selectHistory(db.database, 'min', 100)).toEqual([]);
  });
});
