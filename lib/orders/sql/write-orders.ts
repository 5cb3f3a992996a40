import { plainArray, textArray } from '../../postgres/array-literal.ts';
import type { Queryable } from '../../postgres/database.ts';
import { isoTime } from '../../time/time-text.ts';
import type { StoredOrder } from '../order.ts';
import type { HistoryEntry } from '../transition.ts';
import { historyArrays, historyColumns, historyValues } from './order-history.ts';

export interface NewOrder {
  readonly order: StoredOrder;
  /** The history of an order that did not exist before this batch. The first entry creates it. */
  readonly history: readonly HistoryEntry[];
}

/** The row of the outbox. Without one, no order was inserted. */
interface OutboxRow {
  readonly id: string;
  /** `null` when all orders were inserted, which is nearly always so: the ids need no transfer then. */
  readonly order_ids: readonly string[] | null;
}

const insertStatement = `
  WITH inserted AS (
    INSERT INTO orders (order_id, customer_id, product_id, quantity, price_cents, total_cents,
                        status, status_reason, version, created_at, updated_at)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::bigint[], $6::bigint[],
                         $7::text[], $8::text[], $9::int[], $10::timestamptz[], $11::timestamptz[]) AS new (order_id)
    ORDER BY new.order_id COLLATE "C"
    ON CONFLICT (order_id) DO NOTHING
    RETURNING order_id, version
  ), written AS (
    INSERT INTO order_status_history (${historyColumns})
    SELECT entry.* FROM unnest(${historyArrays(13)}) AS entry (${historyColumns})
    JOIN inserted USING (order_id)
  ), enqueued AS (
    INSERT INTO outbox (created_at, kind, order_ids, versions)
    SELECT $12::timestamptz, 'order_status', array_agg(order_id), array_agg(version) FROM inserted
    HAVING count(*) > 0
    RETURNING id, CASE WHEN cardinality(order_ids) < cardinality($1::text[]) THEN order_ids END AS order_ids
  )
  SELECT id, order_ids FROM enqueued`;

/**
 * Inserts the orders that do not exist yet, each with its history, and one row of the outbox for all of them.
 * Returns the inserted ids and the id of the row. It is one statement and one round trip. Rows are inserted in key
 * order, so that concurrent batches cannot deadlock.
 */
export async function insertOrders(
  db: Queryable,
  orders: readonly NewOrder[],
  now: number,
): Promise<{ inserted: Set<string>; outboxId: string | undefined }> {
  const rows = orders.map(({ order }) => order);
  const { rows: enqueued } = await db.query<OutboxRow>(insertStatement, [
    textArray(rows, (order) => order.orderId),
    textArray(rows, (order) => order.customerId),
    textArray(rows, (order) => order.productId),
    plainArray(rows, (order) => order.quantity),
    plainArray(rows, (order) => order.priceCents),
    plainArray(rows, (order) => order.totalCents),
    textArray(rows, (order) => order.status),
    textArray(rows, (order) => order.statusReason),
    plainArray(rows, (order) => order.version),
    plainArray(rows, (order) => isoTime(order.createdAt)),
    plainArray(rows, (order) => isoTime(order.updatedAt)),
    isoTime(now),
    ...historyValues(orders.flatMap(({ history }) => history)),
  ]);
  const [row] = enqueued;
  if (row === undefined) {
    return { inserted: new Set(), outboxId: undefined };
  }
  return { inserted: new Set(row.order_ids ?? rows.map(({ orderId }) => orderId)), outboxId: row.id };
}

const updateStatement = `
  WITH written AS (
    INSERT INTO order_status_history (${historyColumns})
    SELECT * FROM unnest(${historyArrays(6)})
  )
  UPDATE orders SET status = changed.status, status_reason = changed.status_reason,
                    version = changed.version, updated_at = changed.updated_at
  FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::timestamptz[])
    AS changed (order_id, status, status_reason, version, updated_at)
  WHERE orders.order_id = changed.order_id`;

/** Writes the new state of locked orders. Writes history entries too, also for orders that did not change. */
export async function updateOrders(
  db: Queryable,
  orders: readonly StoredOrder[],
  history: readonly HistoryEntry[],
): Promise<void> {
  await db.query(updateStatement, [
    orders.map((order) => order.orderId),
    orders.map((order) => order.status),
    orders.map((order) => order.statusReason),
    orders.map((order) => order.version),
    orders.map((order) => isoTime(order.updatedAt)),
    ...historyValues(history),
  ]);
}
