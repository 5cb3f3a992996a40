import { fromCents } from './money.ts';
import type { OrderView, StoredOrder } from './order.ts';

/** What an order waits for whose fulfilment is not settled. */
export interface Waiting {
  /** Calls begun so far. */
  readonly attempts: number;
  /** Milliseconds since the epoch. */
  readonly nextAttemptAt: number;
}

/** A stored order as clients read it. */
export function orderView(order: StoredOrder, waiting?: Waiting): OrderView {
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
    ...(waiting && {
      attempts: waiting.attempts,
      next_attempt_at: new Date(waiting.nextAttemptAt).toISOString(),
    }),
  };
}
