import * as z from 'zod';
import type { Clock } from '../time/clock.ts';
import { type NamedRule, typeError } from './fields.ts';
import { orderRequestSchema } from './order-request.ts';

export const MAX_ORDERS_PER_REQUEST = 1_000;

/** Returns the number of orders in a body that is not validated yet. A body that cannot be valid counts as one order. */
export const countOrders = (body: unknown): number =>
  Array.isArray(body) && body.length > 0 && body.length <= MAX_ORDERS_PER_REQUEST ? body.length : 1;

/**
 * The body of `POST /api/orders/bulk`. Checks the number of orders first. Rejects an id that two orders share,
 * because only one of them could take effect. Reports all errors together.
 */
export function bulkRequestSchema(clock: Clock) {
  const ordersSchema = z.array(orderRequestSchema(clock));
  return z
    .array(z.unknown())
    .min(1, 'must have at least one order')
    .max(MAX_ORDERS_PER_REQUEST, `must have at most ${MAX_ORDERS_PER_REQUEST} orders`)
    .transform((orders, context) => {
      const parsed = ordersSchema.safeParse(orders, { error: typeError });
      for (const issue of [...(parsed.error?.issues ?? []), ...duplicateIds(orders)]) {
        context.addIssue({ ...issue });
      }
      return parsed.data ?? z.NEVER;
    })
    .meta({ 'x-rules': [uniqueIds] });
}

const uniqueIds: NamedRule = {
  id: 'unique_order_ids',
  description: 'No two orders of a request have the same order_id.',
};

function duplicateIds(orders: readonly unknown[]): z.core.$ZodIssue[] {
  const firstIndex = new Map<string, number>();
  return orders.flatMap((order, index) => {
    const orderId = orderIdOf(order);
    if (orderId === undefined) {
      return [];
    }
    const earlier = firstIndex.get(orderId);
    if (earlier === undefined) {
      firstIndex.set(orderId, index);
      return [];
    }
    const message = `repeats the id of order ${earlier} in this request`;
    return [{ code: 'custom', path: [index, 'order_id'], message, input: orderId }];
  });
}

function orderIdOf(order: unknown): string | undefined {
  const id = typeof order === 'object' && order !== null && 'order_id' in order ? order.order_id : undefined;
  return typeof id === 'string' ? id : undefined;
}
