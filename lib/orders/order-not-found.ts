import { OrderlyError } from '../errors/orderly-error.ts';

export function orderNotFound(orderId: string): OrderlyError {
  return new OrderlyError(
    'order_not_found',
    'No order with this id is stored. One that was just accepted may be on its way: read the order with ?wait=5.',
    { details: { order_id: orderId } },
  );
}
