import { anonymous, type Principal } from '../authentication/principal.ts';
import type { ClaimWait } from '../orders/await-order.ts';
import type { Queryable } from '../store/database.ts';
import { claimWaitSlot, releaseWaitSlot } from '../store/sql/wait-slots.ts';

/**
 * How many requests of one principal wait at the same time. Each holds an execution of its function: a customer's token a
 * tenth of those of `cancelOrder`, a token of a service a third of those of `getOrder` (deployment/stack/concurrency.cjs).
 */
const SLOTS_OF_A_CUSTOMER = 5;
const SLOTS_OF_A_SERVICE = 50;

/** The last look at the order, and giving the slot back. */
const MARGIN_MS = 5_000;

/** Lets a principal wait while it has a free slot. Where nobody says who they are, everybody may. */
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
    return () => releaseWaitSlot(db, id, slot).catch(() => undefined); // it is free again in a moment anyway
  };
}
