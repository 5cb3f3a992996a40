import * as z from 'zod';
import type { Clock } from '../clock.ts';
import { orderRequestSchema } from './order-request.ts';

export const MAX_ORDERS_PER_REQUEST = 1_000;

/**
 * The body of `POST /api/orders/bulk`. The number of orders is looked at before any of them; an id that the
 * request gives to two orders is refused, since one of the two could not take effect.
 */
export function bulkRequestSchema(clock: Clock) {
  return z
    .array(z.unknown())
    .min(1, 'must have at least one order')
    .max(MAX_ORDERS_PER_REQUEST, `must have at most ${MAX_ORDERS_PER_REQUEST} orders`)
    .pipe(z.array(orderRequestSchema(clock)))
    .superRefine((orders, context) => {
      const firstIndex = new Map<string, number>();
      for (const [index, { order_id }] of orders.entries()) {
        const earlier = order_id === undefined ? undefined : firstIndex.get(order_id);
        if (earlier !== undefined) {
          context.addIssue({
            code: 'custom',
            path: [index, 'order_id'],
            message: `is the id of order ${earlier} of this request already`,
          });
        } else if (order_id !== undefined) {
          firstIndex.set(order_id, index);
        }
      }
    });
}
