import type { AcceptedCommand, IdGenerator } from './accepted-command.ts';
import type { CancelRecord } from './order.ts';

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
