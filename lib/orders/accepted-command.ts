import type { Clock } from '../time/clock.ts';
import { rfc3339Ms } from '../time/time-text.ts';
import type { OrderCommand } from './command.ts';
import type { IdGenerator } from './ids.ts';
import { fromCents } from './money.ts';
import type { CancelRecord, OrderRecord } from './order-record.ts';
import type { OrderRequest } from './order-request.ts';

/**
 * A command that was accepted and is to be produced. JSON throughout, so that it can be kept and produced again
 * exactly as it was.
 */
export interface AcceptedCommand<Value extends OrderRecord | CancelRecord = OrderRecord | CancelRecord> {
  readonly type: OrderCommand['type'];
  /** The identity of the command: delivered twice, it takes effect once. */
  readonly eventId: string;
  readonly value: Value;
}

/**
 * Turns a validated request, the `index`-th of those sent together, into the record that goes to Kafka: what it
 * left out (order id, time) is set here, the total is computed, times become UTC with milliseconds.
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
 * A cancel takes its place among the commands of its order: whether it wins is decided there, and also whether the order is
 * this customer's.
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
