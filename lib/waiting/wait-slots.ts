import { anonymous, type Principal } from '../auth/principal.ts';
import type { Queryable } from '../postgres/database.ts';
import type { ClaimWait } from './await-order.ts';
import { claimWaitSlot, releaseWaitSlot } from './claim-wait-slot.ts';

/**
 * The number of requests of one principal that may wait at the same time. Each holds an execution of its function. So a
 * customer's token holds at most a tenth of the executions of `cancelOrder`, and a service's token at most a third of those
 * of `getOrder` (deployment/stack/concurrency.cjs).
 */
const SLOTS_OF_A_CUSTOMER = 5;
const SLOTS_OF_A_SERVICE = 50;

/** Time to read the order once more and release the slot. */
const MARGIN_MS = 5_000;

/** Lets a principal wait while it has a free slot. Without authentication there is no bound. */
export function waitSlots(db: Queryable, { id, customerId }: Principal, waitMs: number): ClaimWait {
  return async () => {
    if (id === anonymous.id) {
      return async () => undefined;
    }
    const slots = customerId === undefined ? SLOTS_OF_A_SERVICE : SLOTS_OF_A_CUSTOMER;
    const slot = await claimWaitSlot(db, id, slots, waitMs + MARGIN_MS);
    if (slot === undefined) {
      return undefined;
    }
    return () => releaseWaitSlot(db, id, slot).catch(() => undefined); // the slot expires soon anyway
  };
}
