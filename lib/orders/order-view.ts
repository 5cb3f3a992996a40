import { fromCents } from './money.ts';
import type { OrderView, StoredOrder } from './order.ts';

/** A stored order as clients read it. */
export function orderView(order: StoredOrder): OrderView {
  return {
    order_id: order.orderId,
    customer_id: order.customerId,
    product_id: order.productId,
    quantity: order.quantity,
    price: fromCents(order.priceCents),
    total_amount: fromCents(order.totalCents),
    status: order.status,
    status_reason: order.statusReason,
    version: order.version,
    created_at: new Date(order.createdAt).toISOString(),
    updated_at: new Date(order.updatedAt).toISOString(),
  };
}
