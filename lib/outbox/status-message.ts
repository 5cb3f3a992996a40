import type { StoredOrder } from '../orders/order.ts';
import { isoTime } from '../time/iso-time.ts';
import type { OutboxMessage } from './outbox-entry.ts';

/** What tells everybody who waits for an order the state that it has reached. */
export function statusMessage(
  order: Pick<StoredOrder, 'orderId' | 'customerId' | 'version' | 'status' | 'statusReason' | 'updatedAt'>,
): OutboxMessage {
  return {
    topic: 'orders.status',
    key: order.orderId,
    value: {
      order_id: order.orderId,
      customer_id: order.customerId,
      version: order.version,
      status: order.status,
      status_reason: order.statusReason,
      at: isoTime(order.updatedAt),
    },
  };
}
