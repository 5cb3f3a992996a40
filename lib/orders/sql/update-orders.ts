import type { Queryable } from '../../postgres/database.ts';
import { isoTime } from '../../time/iso-time.ts';
import type { StoredOrder } from '../order.ts';
import type { HistoryEntry } from '../transition.ts';
import { historyArrays, historyColumns, historyValues } from './history-rows.ts';

const statement = `
  WITH written AS (
    INSERT INTO order_status_history (${historyColumns})
    SELECT * FROM unnest(${historyArrays(6)})
  )
  UPDATE orders SET status = changed.status, status_reason = changed.status_reason,
                    version = changed.version, updated_at = changed.updated_at
  FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::timestamptz[])
    AS changed (order_id, status, status_reason, version, updated_at)
  WHERE orders.order_id = changed.order_id`;

/** Writes the new state of orders that are locked, and history, also of orders that stayed as they were. */
export async function updateOrders(
  db: Queryable,
  orders: readonly StoredOrder[],
  history: readonly HistoryEntry[],
): Promise<void> {
  await db.query(statement, [
    orders.map((order) => order.orderId),
    orders.map((order) => order.status),
    orders.map((order) => order.statusReason),
    orders.map((order) => order.version),
    orders.map((order) => isoTime(order.updatedAt)),
    ...historyValues(history),
  ]);
}
