import type { OrderFilter } from '../orders/order.ts';
import type { OrderRequest } from '../orders/order-request.ts';
import { otherCustomerForbidden, wholeStageForbidden } from './auth-errors.ts';
import type { Principal, Scope } from './principal.ts';

/** Restrictions of a token that is bound to one customer. Other tokens are not restricted. */

/**
 * Rejects a token for one customer if the scope is about the whole stage, which has the data of all customers.
 * @throws OrderlyError `forbidden`
 */
export function assertScopeAllowed({ customerId }: Principal, scope: Scope): void {
  if (customerId !== undefined && scope === 'orders:admin') {
    throw wholeStageForbidden(scope);
  }
}

/** @throws OrderlyError `forbidden` for another customer's order, or for an order id chosen by the client. */
export function assertCreateAllowed(principal: Principal, order: OrderRequest): void {
  throwIfAny(bindingErrors(principal, order, ''));
}

/** Checks all orders of one request. One forbidden order rejects the request. */
export function assertBulkCreateAllowed(principal: Principal, orders: readonly OrderRequest[]): void {
  throwIfAny(orders.flatMap((order, index) => bindingErrors(principal, order, `${index}.`)));
}

/** Returns the query of a list with the token's customer as a filter, unless the query has a customer filter. */
export function restrictListQuery({ customerId }: Principal, query: Query): Query {
  return customerId === undefined ? query : { customer_id: customerId, ...query };
}

/** @throws OrderlyError `forbidden` for a list of another customer's orders. */
export function assertListAllowed({ customerId }: Principal, filter: OrderFilter): void {
  if (customerId !== undefined && filter.customerId !== customerId) {
    throw otherCustomerForbidden([otherCustomerError('')]);
  }
}

type Query = Readonly<Record<string, string | undefined>>;

interface FieldError {
  readonly path: string;
  readonly message: string;
}

/**
 * An order id chosen by the client could be the id of another customer's order. The response would reveal that
 * order, and the command would become a dead letter.
 */
function bindingErrors({ customerId }: Principal, order: OrderRequest, prefix: string): FieldError[] {
  if (customerId === undefined) {
    return [];
  }
  const chosenId = {
    path: `${prefix}order_id`,
    message:
      'must be omitted, because the token is for one customer; an Idempotency-Key makes it safe to repeat the request',
  };
  return [
    ...(order.customer_id === customerId ? [] : [otherCustomerError(prefix)]),
    ...(order.order_id === undefined ? [] : [chosenId]),
  ];
}

const otherCustomerError = (prefix: string): FieldError => ({
  path: `${prefix}customer_id`,
  message: 'must be the customer of the token',
});

function throwIfAny(errors: readonly FieldError[]): void {
  if (errors.length > 0) {
    throw otherCustomerForbidden(errors);
  }
}
