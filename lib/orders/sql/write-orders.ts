import { plainArray, textArray } from '../../postgres/array-literal.ts';
import type { Queryable } from '../../postgres/database.ts';
import { isoTime } from '../../time/time-text.ts';
import type { StoredOrder } from '../order.ts';
import type { HistoryEntry } from '../transition.ts';
import { historyArrays, historyColumns, historyValues, insertHistory } from './order-history.ts';

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
                        status, status_reason, version, created_at, updated_at, created_by)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::bigint[], $6::bigint[],
                         $7::text[], $8::text[], $9::int[], $10::timestamptz[], $11::timestamptz[], $12::uuid[])
      AS new (order_id)
    ORDER BY new.order_id COLLATE "C"
    ON CONFLICT (order_id) DO NOTHING
    RETURNING order_id, version
  ), enqueued AS (
    INSERT INTO outbox (created_at, kind, order_ids, versions, traceparents)
    SELECT $13::timestamptz, 'order_status', array_agg(order_id), array_agg(version), $14::jsonb FROM inserted
    HAVING count(*) > 0
    RETURNING id, CASE WHEN cardinality(order_ids) < cardinality($1::text[]) THEN order_ids END AS order_ids
  )
  SELECT id, order_ids FROM enqueued`;

/**
 * Inserts the orders that do not exist yet, each with its history, and one row of the outbox for all of them.
 * Returns the inserted ids and the id of the row. New orders need one statement and one round trip, because the entry that
 * creates an order is a part of its row; further entries need another. Rows are inserted in key order, so that concurrent
 * batches cannot deadlock. `traceparents` has the contexts of the sampled orders, if there are any.
 */
export async function insertOrders(
  db: Queryable,
  orders: readonly NewOrder[],
  now: number,
  traceparents?: ReadonlyMap<string, string>,
): Promise<{ inserted: Set<string>; outboxId: string | undefined }> {
  const { rows } = await db.query<OutboxRow>(insertStatement, [
    textArray(orders, ({ order }) => order.orderId),
    textArray(orders, ({ order }) => order.customerId),
    textArray(orders, ({ order }) => order.productId),
    plainArray(orders, ({ order }) => order.quantity),
    plainArray(orders, ({ order }) => order.priceCents),
    plainArray(orders, ({ order }) => order.totalCents),
    textArray(orders, ({ order }) => order.status),
    textArray(orders, ({ order }) => order.statusReason),
    plainArray(orders, ({ order }) => order.version),
    plainArray(orders, ({ order }) => isoTime(order.createdAt)),
    plainArray(orders, ({ order }) => isoTime(order.updatedAt)),
    plainArray(orders, (created) => entryInRow(created)?.eventId ?? null),
    isoTime(now),
    traceparents === undefined ? null : JSON.stringify(Object.fromEntries(traceparents)),
  ]);
  const [row] = rows;
  if (row === undefined) {
    return { inserted: new Set(), outboxId: undefined };
  }
  const inserted = new Set(row.order_ids ?? orders.map(({ order }) => order.orderId));
  const entries = orders
    .filter(({ order }) => inserted.has(order.orderId))
    .flatMap((created) => created.history.filter((entry) => entry !== entryInRow(created)));
  if (entries.length > 0) {
    await insertHistory(db, entries);
  }
  return { inserted, outboxId: row.id };
}

/** Returns the entry that the row of a new order stands for: the one that created it, unless a command changed it since. */
function entryInRow({ order, history }: NewOrder): HistoryEntry | undefined {
  return order.version === 1 ? history[0] : undefined;
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
