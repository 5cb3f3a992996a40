import { OrderlyError } from '../errors/orderly-error.ts';
import { fromCents } from './money.ts';
import type { StoredOrder } from './order.ts';
import type { HistoryView, OrderView } from './order-view-schema.ts';
import type { HistoryEntry } from './transition.ts';

/** The state of a fulfilment that is not settled. */
export interface PendingFulfilment {
  /** Calls made so far. */
  readonly attempts: number;
  /** Milliseconds since the epoch. */
  readonly nextAttemptAt: number;
}

/** Returns a stored order as clients read it. */
export function orderView(order: StoredOrder, waiting?: PendingFulfilment): OrderView {
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

/** Returns a history entry as clients read it. */
export function historyView(entry: HistoryEntry): HistoryView {
  return {
    event_id: entry.eventId,
    event_type: entry.eventType,
    version: entry.version,
    status: entry.status,
    status_reason: entry.statusReason,
    at: new Date(entry.at).toISOString(),
  };
}

export function orderNotFound(orderId: string): OrderlyError {
  return new OrderlyError(
    'order_not_found',
    'No order with this id is stored. An order that was just accepted may not be stored yet: read it with ?wait=5.',
    { details: { order_id: orderId } },
  );
}
