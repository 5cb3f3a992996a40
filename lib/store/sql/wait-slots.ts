import type { Queryable } from '../database.ts';

const claim = `
  INSERT INTO wait_slots AS held (principal, slot, held_until)
  SELECT $1, slot, now() + $3 * interval '1 millisecond'
  FROM generate_series(1, $2::int) AS slot
  WHERE NOT EXISTS (SELECT FROM wait_slots AS other
                    WHERE other.principal = $1 AND other.slot = slot.slot AND other.held_until > now())
  ORDER BY random() LIMIT 1
  ON CONFLICT (principal, slot) DO UPDATE SET held_until = excluded.held_until WHERE held.held_until <= now()
  RETURNING slot`;

/**
 * Claims one of a principal's slots for a time; undefined when all are held. Of several claims at once for the last slots
 * some may find none, and never are more held than there are.
 */
export async function claimWaitSlot(
  db: Queryable,
  principal: string,
  slots: number,
  heldForMs: number,
): Promise<number | undefined> {
  const { rows } = await db.query<{ slot: number }>(claim, [principal, slots, heldForMs]);
  return rows[0]?.slot;
}

/** Gives a slot back. */
export async function releaseWaitSlot(db: Queryable, principal: string, slot: number): Promise<void> {
  await db.query('DELETE FROM wait_slots WHERE principal = $1 AND slot = $2', [principal, slot]);
}
