import type { Principal } from '../auth/principal.ts';
import { report } from '../observability/observe.ts';
import { orderNotFound } from '../orders/order-view.ts';
import { selectOrder } from '../orders/sql/select-orders.ts';
import type { Database } from '../postgres/database.ts';
import { systemClock } from '../time/clock.ts';
import { awaitOrder } from '../waiting/await-order.ts';
import { waitSlots } from '../waiting/wait-slots.ts';

/** A newly accepted order is stored within this time, unless processing lags. */
const WAIT_MS = 2_000;
const DATABASE_TIMEOUT_MS = 1_000;

/**
 * Checks that a token which is bound to a customer may send a command for an order. Other tokens pass without a check.
 *
 * Another customer's order and an unknown order give the same error after the same time, so the response does not reveal
 * which ids exist. It does not wait if too many requests of the principal wait already. Passes if PostgreSQL is
 * unavailable: the command contains its customer, and processing checks it again.
 * @throws OrderlyError `order_not_found`
 */
export async function assertOwnOrder(
  database: Database,
  principal: Principal,
  orderId: string,
): Promise<void> {
  const { customerId } = principal;
  if (customerId === undefined) {
    return;
  }
  const reads = database.within(DATABASE_TIMEOUT_MS);
  const isFound = await awaitOrder(
    () => selectOrder(reads, orderId, customerId),
    () => true,
    WAIT_MS,
    systemClock,
    waitSlots(reads, principal, WAIT_MS),
  ).then(
    (order) => order !== undefined,
    (error) => {
      report('owner.unchecked', { error });
      return true;
    },
  );
  if (!isFound) {
    throw orderNotFound(orderId);
  }
}
