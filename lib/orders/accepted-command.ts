import type { Clock } from '../time/clock.ts';
import { rfc3339Ms } from '../time/time-text.ts';
import type { OrderCommand } from './command.ts';
import type { IdGenerator } from './ids.ts';
import { fromCents } from './money.ts';
import type { CancelRecord, OrderRecord } from './order-record.ts';
import type { OrderRequest } from './order-request.ts';

/**
 * A command that was accepted and has to be produced. It is plain JSON, so a stored command is produced again
 * unchanged.
 */
export interface AcceptedCommand<Value extends OrderRecord | CancelRecord = OrderRecord | CancelRecord> {
  readonly type: OrderCommand['type'];
  /** The identity of the command. A command that is delivered twice takes effect once. */
  readonly eventId: string;
  readonly value: Value;
}

/**
 * Returns the record for a validated request, the `index`-th of those sent together. Sets a missing order id and a
 * missing time, computes the total, and converts the time to UTC with milliseconds.
 */
export function acceptOrder(
  request: OrderRequest,
  index: number,
  ids: IdGenerator,
  clock: Clock,
): AcceptedCommand<OrderRecord> {
  const createdAt = request.created_at === undefined ? clock() : rfc3339Ms(request.created_at);
  return {
    type: 'order.created',
    eventId: ids.eventId(index),
    value: {
      order_id: request.order_id ?? ids.orderId(index),
      customer_id: request.customer_id,
      product_id: request.product_id,
      quantity: request.quantity,
      price: fromCents(request.price),
      total_amount: fromCents(request.quantity * request.price),
      status: 'PENDING',
      created_at: new Date(createdAt).toISOString(),
    },
  };
}

/**
 * Returns a cancel command. The consumer decides whether the cancel takes effect and whether the customer owns the
 * order.
 */
export function cancelOrder(
  orderId: string,
  customerId: string | undefined,
  ids: IdGenerator,
): AcceptedCommand<CancelRecord> {
  return {
    type: 'order.cancel_requested',
    eventId: ids.eventId(0),
    value: { order_id: orderId, ...(customerId !== undefined && { customer_id: customerId }) },
  };
}
