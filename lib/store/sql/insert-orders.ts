import type { StoredOrder } from '../../orders/order.ts';
import type { HistoryEntry } from '../../orders/transition.ts';
import type { Queryable } from '../database.ts';
import { historyArrays, historyColumns, historyValues } from './history-rows.ts';
import { toTimestamp } from './timestamp.ts';

export interface NewOrder {
  readonly order: StoredOrder;
  /** The history of an order that did not exist before this batch: its first entry creates it. */
  readonly history: readonly HistoryEntry[];
}

const statement = `
  WITH inserted AS (
    INSERT INTO orders (order_id, customer_id, product_id, quantity, price_cents, total_cents,
                        status, status_reason, version, created_at, updated_at)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::bigint[], $6::bigint[],
                         $7::text[], $8::text[], $9::int[], $10::timestamptz[], $11::timestamptz[]) AS new (order_id)
    ORDER BY new.order_id COLLATE "C"
    ON CONFLICT (order_id) DO NOTHING
    RETURNING order_id
  ), written AS (
    INSERT INTO order_status_history (${historyColumns})
    SELECT entry.* FROM unnest(${historyArrays(12)}) AS entry (${historyColumns})
    JOIN inserted USING (order_id)
  )
  SELECT order_id FROM inserted`;

/**
 * Inserts orders that are not there yet, each with its history, and says which ones they were. One
 * statement and one round trip; rows are taken in key order, so that concurrent batches cannot deadlock.
 */
export async function insertOrders(db: Queryable, orders: readonly NewOrder[]): Promise<Set<string>> {
  const rows = orders.map(({ order }) => order);
  const { rows: inserted } = await db.query<{ order_id: string }>(statement, [
    rows.map((order) => order.orderId),
    rows.map((order) => order.customerId),
    rows.map((order) => order.productId),
    rows.map((order) => order.quantity),
    rows.map((order) => order.priceCents),
    rows.map((order) => order.totalCents),
    rows.map((order) => order.status),
    rows.map((order) => order.statusReason),
    rows.map((order) => order.version),
    rows.map((order) => toTimestamp(order.createdAt)),
    rows.map((order) => toTimestamp(order.updatedAt)),
    ...historyValues(orders.flatMap(({ history }) => history)),
  ]);
  return new Set(inserted.map((row) => row.order_id));
}
