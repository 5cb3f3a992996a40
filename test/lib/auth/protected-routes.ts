import { randomUUID } from 'node:crypto';
import type { Scope } from '../../../lib/auth/principal.ts';

export const MINE = 'customer-mine';
export const THEIRS = 'customer-theirs';

export const run = randomUUID();
export const myOrder = `mine-${run}`;
export const theirOrder = `theirs-${run}`;
export const unknownOrder = `nobodys-${run}`;

export interface CustomerRequest {
  readonly body?: unknown;
  readonly pathParameters?: { readonly order_id: string };
  readonly queryStringParameters?: Record<string, string>;
}

interface ProtectedRoute {
  readonly file: string;
  readonly scope: Scope;
  /** About all customers: a token of one customer gets 403. */
  readonly isForOperators?: true;
  /** A request that a token of `MINE` may send, or any token of an operator, and the expected response. */
  readonly mine: CustomerRequest;
  readonly allowed: number;
  /** The same request about an order of `THEIRS`. */
  readonly theirs: CustomerRequest;
  readonly rejected: 403 | 404;
}

export const orderOf = (customerId: string) => ({
  customer_id: customerId,
  product_id: 'p-1',
  quantity: 1,
  price: 1,
});

/**
 * Every route that requires a token. A new route needs a line here, which defines its response for another
 * customer's orders.
 */
export const protectedRoutes: Readonly<Record<string, ProtectedRoute>> = {
  'GET /api/metrics': {
    file: 'metrics',
    scope: 'orders:admin',
    isForOperators: true,
    mine: {},
    allowed: 200,
    theirs: {},
    rejected: 403,
  },
  'POST /api/orders': {
    file: 'create-order',
    scope: 'orders:write',
    mine: { body: orderOf(MINE) },
    allowed: 202,
    theirs: { body: orderOf(THEIRS) },
    rejected: 403,
  },
  'POST /api/orders/bulk': {
    file: 'create-orders-bulk',
    scope: 'orders:write',
    mine: { body: [orderOf(MINE), orderOf(MINE)] },
    allowed: 202,
    theirs: { body: [orderOf(MINE), orderOf(THEIRS)] },
    rejected: 403,
  },
  'GET /api/orders': {
    file: 'list-orders',
    scope: 'orders:read',
    mine: {},
    allowed: 200,
    theirs: { queryStringParameters: { customer_id: THEIRS } },
    rejected: 403,
  },
  'GET /api/orders/{order_id}': {
    file: 'get-order',
    scope: 'orders:read',
    mine: { pathParameters: { order_id: myOrder } },
    allowed: 200,
    theirs: { pathParameters: { order_id: theirOrder } },
    rejected: 404,
  },
  'GET /api/orders/{order_id}/history': {
    file: 'order-history',
    scope: 'orders:read',
    mine: { pathParameters: { order_id: myOrder } },
    allowed: 200,
    theirs: { pathParameters: { order_id: theirOrder } },
    rejected: 404,
  },
  'POST /api/orders/{order_id}/cancel': {
    file: 'cancel-order',
    scope: 'orders:write',
    mine: { pathParameters: { order_id: myOrder } },
    allowed: 202,
    theirs: { pathParameters: { order_id: theirOrder } },
    rejected: 404,
  },
};
