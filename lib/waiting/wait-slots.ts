import { anonymous, type Principal } from '../auth/principal.ts';
import type { Queryable } from '../postgres/database.ts';
import type { ClaimWait } from './await-order.ts';

/**
 * The number of requests of one principal that may wait at the same time. Each holds an execution of its function. A
 * customer's token holds at most a tenth of the executions of `cancelOrder`, and a service's token at most a third of those
 * of `getOrder` (deployment/stack/functions.ts).
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

/** A slot of a principal, held by one request until a time. */
export interface WaitSlot {
  readonly slot: number;
  /** PostgreSQL's text, to the microsecond. It distinguishes this holder from a later one. */
  readonly held_until: string;
}

const claim = `
  WITH free AS (
    SELECT slot FROM generate_series(1, $2::int) AS slot
    WHERE NOT EXISTS (SELECT FROM wait_slots AS other
                      WHERE other.principal = $1 AND other.slot = slot.slot AND other.held_until > now())
    ORDER BY random() LIMIT 1
  ), claimed AS (
    INSERT INTO wait_slots AS held (principal, slot, held_until)
    SELECT $1, slot, now() + $3 * interval '1 millisecond' FROM free
    ON CONFLICT (principal, slot) DO UPDATE SET held_until = excluded.held_until WHERE held.held_until <= now()
    RETURNING slot, held_until::text
  )
  SELECT claimed.slot, held_until FROM free LEFT JOIN claimed USING (slot)`;

/**
 * Claims one of a principal's slots for a limited time; returns undefined when all are held. Concurrent claims may find the
 * same slot free: one gets it and the others retry, at most as often as there are slots.
 */
export async function claimWaitSlot(
  db: Queryable,
  principal: string,
  slots: number,
  heldForMs: number,
): Promise<WaitSlot | undefined> {
  for (let attempt = 1; attempt <= slots; attempt += 1) {
    const { rows } = await db.query<WaitSlot | { slot: null }>(claim, [principal, slots, heldForMs]);
    const [found] = rows;
    if (found === undefined) {
      return undefined;
    }
    if (found.slot !== null) {
      return found;
    }
  }
  return undefined;
}

/** Releases a slot, unless it has expired and another request holds it. */
export async function releaseWaitSlot(
  db: Queryable,
  principal: string,
  { slot, held_until }: WaitSlot,
): Promise<void> {
  await db.query('DELETE FROM wait_slots WHERE principal = $1 AND slot = $2 AND held_until = $3', [
    principal,
    slot,
    held_until,
  ]);
}

/** Deletes slots whose time is over, also of principals without further requests. */
export async function deleteAbandonedWaitSlots(db: Queryable): Promise<void> {
  await db.query('DELETE FROM wait_slots WHERE held_until <= now()');
}
