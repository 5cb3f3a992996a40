import type { Principal } from '../auth/principal.ts';
import { log } from '../observability/logger.ts';
import { orderNotFound } from '../orders/order-view.ts';
import { selectOrder } from '../orders/sql/select-orders.ts';
import type { Database } from '../postgres/database.ts';
import { systemClock } from '../time/clock.ts';
import { awaitOrder } from '../waiting/await-order.ts';
import { waitSlots } from '../waiting/wait-slots.ts';

/** An order that was accepted just now is stored within this time, unless the processing is behind. */
const WAIT_MS = 2_000;
const DATABASE_TIMEOUT_MS = 1_000;

/**
 * Whether a command may be accepted for an order; always, unless the token is bound to a customer. Another customer's order
 * and one that nobody has created are not found alike, after the same time: the answer must not reveal which ids exist. When
 * too many requests of the same principal already wait, the answer comes at once.
 * While PostgreSQL does not answer everything passes: the command carries its customer, and processing decides.
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
      log('warn', 'Whose order it is could not be looked up; processing will decide', { error });
      return true;
    },
  );
  if (!isFound) {
    throw orderNotFound(orderId);
  }
}
