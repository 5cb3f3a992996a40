import type { OrderStatus, StoredOrder } from '../order.ts';

export const orderColumns = `order_id, customer_id, product_id, quantity, price_cents, total_cents,
    status, status_reason, version, created_at, updated_at`;

/** A row as pg gives it: bigint as text, because it may exceed what a number holds (ours never does). */
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
