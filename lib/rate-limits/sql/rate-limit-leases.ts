import type { Queryable } from '../../postgres/database.ts';
import { isoTime } from '../../time/time-text.ts';
import type { Lease, LeaseRequest } from '../permits.ts';

/**
 * A row of the next window stays in it: the clock of another process is ahead. A row of any other window begins anew, so
 * that a wrong clock cannot block a principal for longer than a window.
 */
const lease = `
  INSERT INTO rate_limit_leases AS held (principal, window_start, leased, granted)
  VALUES ($1, $2, least($4::int, $5::int), least($4::int, $5::int))
  ON CONFLICT (principal) DO UPDATE SET (window_start, leased, granted) = (
    SELECT CASE WHEN continues THEN held.window_start ELSE excluded.window_start END, before + permits, permits
    FROM (SELECT held.window_start BETWEEN excluded.window_start AND excluded.window_start + interval '1 minute'
         ) AS stored (continues),
         LATERAL (SELECT CASE WHEN continues THEN held.leased ELSE 0 END) AS window_before (before),
         LATERAL (SELECT CASE WHEN before + $3::int <= $5::int THEN least($4::int, $5::int - before) ELSE 0 END
         ) AS lease (permits)
  )
  RETURNING granted, greatest($5::int - leased, 0) AS left`;

/**
 * Leases permits of the window that begins at `window`: at least `atLeast` or none, and never more than `limit` in one window,
 * whatever the number of processes.
 */
export async function leasePermits(
  db: Queryable,
  principal: string,
  window: number,
  { atLeast, atMost }: LeaseRequest,
  limit: number,
): Promise<Lease> {
  const { rows } = await db.query<{ granted: number; left: number }>(lease, [
    principal,
    isoTime(window),
    atLeast,
    atMost,
    limit,
  ]);
  return rows[0] ?? { granted: 0, left: 0 };
}

/** Skips locked rows: a row that is in use has a current window. */
const expired = `
  DELETE FROM rate_limit_leases WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM rate_limit_leases WHERE window_start < $1 LIMIT $2 FOR UPDATE SKIP LOCKED
  ))`;

/** Deletes up to `limit` rows of windows that began before this time. Returns the number. */
export async function deleteExpiredLeases(db: Queryable, before: number, limit: number): Promise<number> {
  return (await db.query(expired, [isoTime(before), limit])).rowCount ?? 0;
}
