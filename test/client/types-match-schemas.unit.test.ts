import { expect, test } from '@jest/globals';
import type * as z from 'zod';
import type {
  AcceptedCancel,
  AcceptedOrder,
  Health,
  NewOrder,
  Order,
  OrderFilter,
  OrderHistory,
  OrdersPage,
} from '../../client/src/index.ts';
import { type BulkAnswer, endStatuses, orderIdPattern } from '../../client/src/orders.ts';
import type {
  bulkAcceptedSchema,
  cancelAcceptedSchema,
  pendingOrderSchema,
} from '../../lib/http/command-response-schemas.ts';
import type { listOrdersQuerySchema } from '../../lib/http/list-orders-query.ts';
import type { healthSchema } from '../../lib/http/service-schemas.ts';
import { orderIdField } from '../../lib/orders/fields.ts';
import { endStatuses as serverEndStatuses } from '../../lib/orders/order.ts';
import type { orderRequestSchema } from '../../lib/orders/order-request.ts';
import type {
  orderHistorySchema,
  ordersPageSchema,
  orderViewSchema,
} from '../../lib/orders/order-view-schema.ts';

/**
 * The type check fails here if a type of the client differs from the server's: a member, its type, or whether it may be
 * missing. `readonly` does not count.
 */
type Same<Client, Server> =
  (<T>() => T extends Plain<Client> ? 1 : 2) extends <T>() => T extends Plain<Server> ? 1 : 2 ? true : false;

type Plain<T> = T extends object ? { -readonly [Member in keyof T]: Plain<T[Member]> } : T;

type Query = z.input<typeof listOrdersQuerySchema>;

const same: Readonly<Record<string, true>> = {
  NewOrder: true satisfies Same<NewOrder, z.input<ReturnType<typeof orderRequestSchema>>>,
  AcceptedOrder: true satisfies Same<AcceptedOrder, z.output<typeof pendingOrderSchema>>,
  BulkAnswer: true satisfies Same<BulkAnswer, z.output<typeof bulkAcceptedSchema>>,
  AcceptedCancel: true satisfies Same<AcceptedCancel, z.output<typeof cancelAcceptedSchema>>,
  Order: true satisfies Same<Order, z.output<typeof orderViewSchema>>,
  OrdersPage: true satisfies Same<OrdersPage, z.output<typeof ordersPageSchema>>,
  OrderHistory: true satisfies Same<OrderHistory, z.output<typeof orderHistorySchema>>,
  Health: true satisfies Same<Health, z.output<typeof healthSchema>>,
  // A query has text; the client takes the limit as a number.
  OrderFilter: true satisfies Same<Omit<OrderFilter, 'limit'>, Omit<Query, 'limit'>>,
  filterWithLimit: true satisfies Same<keyof OrderFilter, keyof Query>,
};

/** The comparison sees a member that may be missing, and a member's type. */
const different: readonly false[] = [
  false satisfies Same<{ a?: string }, { a: string }>,
  false satisfies Same<{ a: string | null }, { a: string }>,
];

test('each type of the client is compared by the type check', () => {
  expect([...Object.values(same), ...different]).not.toHaveLength(0);
});

test('an order ends in the same statuses as on the server', () => {
  expect(endStatuses).toEqual(serverEndStatuses);
});

test('the order id that the client accepts is the server’s', () => {
  const rule = orderIdField.def.checks?.map(({ _zod }) => Reflect.get(_zod.def, 'pattern'));

  expect(rule).toEqual([orderIdPattern]);
});
