import type { Queryable } from '../../postgres/database.ts';
import { isoTime } from '../../time/iso-time.ts';
import type { ListPosition, OrderFilter, OrdersPage } from '../orders-page.ts';
import { type OrderRow, orderColumns, storedOrder } from './order-row.ts';

/**
 * At most `limit` orders that pass the filter, newest first by (created_at, order_id): from the newest, or
 * those behind `after`. One more is fetched, to know whether there is a next page.
 */
export async function selectOrdersPage(
  db: Queryable,
  filter: OrderFilter,
  after: ListPosition | undefined,
  limit: number,
): Promise<OrdersPage> {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const conditions: string[] = [];
  if (filter.status !== undefined) {
    conditions.push(`status = ${bind(filter.status)}`);
  }
  if (filter.customerId !== undefined) {
    conditions.push(`customer_id = ${bind(filter.customerId)}`);
  }
  if (filter.productId !== undefined) {
    conditions.push(`product_id = ${bind(filter.productId)}`);
  }
  if (filter.createdFrom !== undefined) {
    conditions.push(`created_at >= ${bind(isoTime(filter.createdFrom))}`);
  }
  if (filter.createdTo !== undefined) {
    conditions.push(`created_at < ${bind(isoTime(filter.createdTo))}`);
  }
  if (after !== undefined) {
    conditions.push(`(created_at, order_id) < (${bind(isoTime(after.createdAt))}, ${bind(after.orderId)})`);
  }
  const { rows } = await db.query<OrderRow>(
    `SELECT ${orderColumns} FROM orders
     ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}
     ORDER BY created_at DESC, order_id DESC
     LIMIT ${bind(limit + 1)}`,
    values,
  );
  const orders = rows.slice(0, limit).map(storedOrder);
  return { orders, next: rows.length > limit ? orders.at(-1) : undefined };
}
