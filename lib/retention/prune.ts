import type { Database, Queryable } from '../postgres/database.ts';
import { deleteExpiredLeases } from '../rate-limits/sql/rate-limit-leases.ts';
import type { Clock } from '../time/clock.ts';
import { isoTime } from '../time/time-text.ts';
import { deleteAbandonedWaitSlots } from '../waiting/wait-slots.ts';

const HOUR_MS = 60 * 60 * 1_000;

/** How long a repeated request is recognised by its Idempotency-Key. */
const KEY_RETENTION_MS = 24 * HOUR_MS;

/** The retention of the topic `orders.dlq`, which has the copies. */
const CLOSED_LETTER_RETENTION_MS = 720 * HOUR_MS;

/** Leases of permits are of no use after their window, which is a minute. */
const LEASE_RETENTION_MS = HOUR_MS;

/** Short statements hold locks briefly and cause little replication lag. */
const ROWS_PER_STATEMENT = 5_000;
const STATEMENT_TIMEOUT_MS = 15_000;

/** The longest time of a statement: 2 s to connect, and its timeout. */
const MAX_STATEMENT_MS = 18_000;

export interface PruneOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** Returns the remaining time of the invocation. */
  readonly timeLeftMs: () => number;
}

export interface PruneReport {
  readonly idempotencyKeys: number;
  readonly deadLetters: number;
  readonly rateLimitLeases: number;
  /** False if the time was not enough to delete everything. */
  readonly done: boolean;
}

/**
 * Deletes expired rows: Idempotency-Keys after 24 hours, letters 30 days after they were redriven or discarded, leases
 * of permits after an hour, and abandoned wait slots. Orders, their history, open letters, the audit log and rows of the
 * outbox never expire.
 * @throws OrderlyError when the database is unavailable. Rows deleted before stay deleted.
 */
export async function prune(options: PruneOptions): Promise<PruneReport> {
  const now = options.clock();
  await deleteAbandonedWaitSlots(options.database.within(STATEMENT_TIMEOUT_MS)); // few rows: only a process that died leaves one
  const keys = await deleteAll(options, (db, limit) => deleteExpiredKeys(db, now - KEY_RETENTION_MS, limit));
  const letters = await deleteAll(options, (db, limit) =>
    deleteClosedLetters(db, now - CLOSED_LETTER_RETENTION_MS, limit),
  );
  const leases = await deleteAll(options, (db, limit) =>
    deleteExpiredLeases(db, now - LEASE_RETENTION_MS, limit),
  );
  return {
    idempotencyKeys: keys.rows,
    deadLetters: letters.rows,
    rateLimitLeases: leases.rows,
    done: keys.done && letters.done && leases.done,
  };
}

async function deleteAll(
  { database, timeLeftMs }: PruneOptions,
  deleteSome: (db: Queryable, limit: number) => Promise<number>,
): Promise<{ rows: number; done: boolean }> {
  const db = database.within(STATEMENT_TIMEOUT_MS);
  let rows = 0;
  while (timeLeftMs() > MAX_STATEMENT_MS) {
    const deleted = await deleteSome(db, ROWS_PER_STATEMENT);
    rows += deleted;
    if (deleted < ROWS_PER_STATEMENT) {
      return { rows, done: true };
    }
  }
  return { rows, done: false };
}

/** Skips locked rows. A later run deletes them. */
const keys = `
  DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM idempotency_keys WHERE created_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED
  ))`;

/** Deletes up to `limit` keys created before this time. Returns the number. */
export async function deleteExpiredKeys(db: Queryable, before: number, limit: number): Promise<number> {
  return (await db.query(keys, [isoTime(before), limit])).rowCount ?? 0;
}

/** Keeps a letter that a row of the outbox still needs, because its record is still to be sent. */
const letters = `
  DELETE FROM dead_letters WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM dead_letters
    WHERE state <> 'open' AND changed_at < $1
      AND id NOT IN (SELECT unnest(dead_letter_ids) FROM outbox WHERE dead_letter_ids IS NOT NULL)
    LIMIT $2 FOR UPDATE SKIP LOCKED
  ))`;

/** Deletes up to `limit` letters that were redriven or discarded before this time. Returns the number. */
export async function deleteClosedLetters(db: Queryable, before: number, limit: number): Promise<number> {
  return (await db.query(letters, [isoTime(before), limit])).rowCount ?? 0;
}
