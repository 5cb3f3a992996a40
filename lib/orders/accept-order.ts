import type { Clock } from '../time/clock.ts';
import { rfc3339Ms } from '../time/time-text.ts';
import type { AcceptedCommand, IdGenerator } from './accepted-command.ts';
import { fromCents } from './money.ts';
import type { OrderRecord } from './order.ts';
import type { OrderRequest } from './order-request.ts';

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
