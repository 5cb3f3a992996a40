import type { Queryable } from '../../postgres/database.ts';
import { MAX_COUNT } from '../../postgres/gauges.ts';
import { isoTime } from '../../time/time-text.ts';
import type { ListPosition, OrderFilter, OrderStatus, OrdersPage, StoredOrder } from '../order.ts';

export const orderColumns = `order_id, customer_id, product_id, quantity, price_cents, total_cents,
    status, status_reason, version, created_at, updated_at`;

/** A row as pg returns it: bigint is text, because it may exceed a number. Our values never do. */
export interface OrderRow {
  readonly order_id: string;
  readonly customer_id: string;
  readonly product_id: string;
  readonly quantity: number;
  readonly price_cents: string;
  readonly total_cents: string;
  readonly status: OrderStatus;
  readonly status_reason: string | null;
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export function storedOrder(row: OrderRow): StoredOrder {
  return {
    orderId: row.order_id,
    customerId: row.customer_id,
    productId: row.product_id,
    quantity: row.quantity,
    priceCents: Number(row.price_cents),
    totalCents: Number(row.total_cents),
    status: row.status,
    statusReason: row.status_reason,
    version: row.version,
    createdAt: row.created_at.getTime(),
    updatedAt: row.updated_at.getTime(),
  };
}

const selectStatement = `
  SELECT ${orderColumns} FROM orders
  WHERE order_id = $1 AND ($2::text IS NULL OR customer_id = $2)`;

/** Returns an order. With `customerId`, returns undefined for another customer's order. */
export async function selectOrder(
  db: Queryable,
  orderId: string,
  customerId?: string,
): Promise<StoredOrder | undefined> {
  const { rows } = await db.query<OrderRow>(selectStatement, [orderId, customerId ?? null]);
  return rows[0] && storedOrder(rows[0]);
}

/**
 * Returns at most `limit` orders that pass the filter, newest first by (created_at, order_id), from the start or
 * after `after`. Reads one more row to know whether there is a next page.
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

const lockStatement = `
  SELECT ${orderColumns} FROM orders
  WHERE order_id = ANY ($1::text[])
  ORDER BY order_id
  FOR UPDATE`;

/** Locks orders in key order until the transaction ends, and returns their current state. */
export async function lockOrders(
  db: Queryable,
  orderIds: readonly string[],
): Promise<Map<string, StoredOrder>> {
  const { rows } = await db.query<OrderRow>(lockStatement, [orderIds]);
  return new Map(rows.map((row) => [row.order_id, storedOrder(row)]));
}

/** The order of an index. Without it, PostgreSQL may scan the table from the oldest orders on. */
const countProcessingStatement = `
  SELECT count(*)::int AS orders
  FROM (
    SELECT FROM orders WHERE status = 'PROCESSING' ORDER BY created_at, order_id LIMIT ${MAX_COUNT}
  ) AS processing`;

/** Returns the number of orders that wait for their fulfilment, up to `MAX_COUNT`. */
export async function countProcessingOrders(db: Queryable): Promise<number> {
  return (await db.query<{ orders: number }>(countProcessingStatement)).rows[0]?.orders ?? 0;
}
