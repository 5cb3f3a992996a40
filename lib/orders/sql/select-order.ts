import type { Queryable } from '../../postgres/database.ts';
import type { StoredOrder } from '../order.ts';
import { type OrderRow, orderColumns, storedOrder } from './order-row.ts';

const statement = `
  SELECT ${orderColumns} FROM orders
  WHERE order_id = $1 AND ($2::text IS NULL OR customer_id = $2)`;

/** An order; with `customerId`, another customer's is as good as none. */
export async function selectOrder(
  db: Queryable,
  orderId: string,
  customerId?: string,
): Promise<StoredOrder | undefined> {
  const { rows } = await db.query<OrderRow>(statement, [orderId, customerId ?? null]);
  return rows[0] && storedOrder(rows[0]);
}
