import type { Queryable } from '../../postgres/database.ts';
import type { StoredOrder } from '../order.ts';
import { type OrderRow, orderColumns, storedOrder } from './order-row.ts';

const statement = `
  SELECT ${orderColumns} FROM orders
  WHERE order_id = ANY ($1::text[])
  ORDER BY order_id
  FOR UPDATE`;

/** Locks orders in key order until the transaction ends, and returns them as they then are. */
export async function lockOrders(
  db: Queryable,
  orderIds: readonly string[],
): Promise<Map<string, StoredOrder>> {
  const { rows } = await db.query<OrderRow>(statement, [orderIds]);
  return new Map(rows.map((row) => [row.order_id, storedOrder(row)]));
}
