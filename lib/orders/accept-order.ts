import { v7 as uuidv7 } from 'uuid';
import type { Clock } from '../clock.ts';
import { fromCents } from './money.ts';
import type { OrderRecord } from './order.ts';
import type { OrderRequest } from './order-request.ts';

export interface AcceptedOrder {
  readonly order: OrderRecord;
  /** The identity of this command: delivered twice, it takes effect once. */
  readonly eventId: string;
}

/**
 * Turns a validated request into the record that goes to Kafka: what the request left out (order id, time)
 * is set here, the total is computed, times become UTC with milliseconds. Time-ordered ids (UUIDv7, RFC
 * 9562) keep the index of a large table in memory.
 */
export function acceptOrder(request: OrderRequest, clock: Clock): AcceptedOrder {
  const createdAt = request.created_at === undefined ? clock() : Date.parse(request.created_at);
  return {
    eventId: uuidv7(),
    order: {
      order_id: request.order_id ?? uuidv7(),
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
