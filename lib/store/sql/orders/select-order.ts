import type { StoredOrder } from '../../../orders/order.ts';
import type { Queryable } from '../../database.ts';
import { type OrderRow, orderColumns, storedOrder } from './order-row.ts';

const statement = `SELECT ${orderColumns} FROM orders WHERE order_id = $1`;

export async function selectOrder(db: Queryable, orderId: string): Promise<StoredOrder | undefined> {
  const { rows } = await db.query<OrderRow>(statement, [orderId]);
  return rows[0] && storedOrder(rows[0]);
}
