import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { selectHistory } from '../../../../lib/orders/sql/order-history.ts';
import { insertOrders } from '../../../../lib/orders/sql/write-orders.ts';
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

const store = (orderId: string, history: readonly HistoryEntry[]) =>
  insertOrders(db.database, [{ order: aStoredOrder({ orderId }), history }], noon);

describe('the history of an order', () => {
  test('is returned as it was stored', async () => {
    const entry = anEntry('as-stored', { status: 'FAILED', statusReason: 'sold out' });

    await store('as-stored', [entry]);

    expect(await selectHistory(db.database, 'as-stored', 100)).toEqual([entry]);
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
