import type { Database, Queryable } from '../postgres/database.ts';
import type { Clock } from '../time/clock.ts';
import { isoTime } from '../time/time-text.ts';
import { deleteAbandonedWaitSlots } from '../waiting/wait-slots.ts';

const HOUR_MS = 60 * 60 * 1_000;

/** For so long a request that is sent again is known by its Idempotency-Key. */
const KEYS_KEPT_MS = 24 * HOUR_MS;

/** As long as the topic `orders.dlq` keeps the copies. */
const CLOSED_LETTERS_KEPT_MS = 720 * HOUR_MS;

/** Short statements: none holds locks for long, or makes the replicas wait. */
const ROWS_PER_STATEMENT = 5_000;
const STATEMENT_TIMEOUT_MS = 15_000;

/** What a statement that begins may take: 2 s to connect, and its timeout. */
const LONGEST_STATEMENT_MS = 18_000;

export interface PruneOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** What is left of the time that the caller has. */
  readonly timeLeftMs: () => number;
}

export interface PruneReport {
  readonly idempotencyKeys: number;
  readonly deadLetters: number;
  /** False: there was no time for the rest. */
  readonly done: boolean;
}

/**
 * Deletes what has expired: Idempotency-Keys after 24 hours, letters 30 days after they were redriven or discarded, and wait
 * slots that were not given back. Orders, their history, open letters, the audit log and rows of the outbox never expire.
 * @throws OrderlyError when the database is away; what was deleted stays so.
 */
export async function prune(options: PruneOptions): Promise<PruneReport> {
  const now = options.clock();
  await deleteAbandonedWaitSlots(options.database.within(STATEMENT_TIMEOUT_MS)); // few: each is left by a process that died
  const keys = await deleteAll(options, (db, limit) => deleteExpiredKeys(db, now - KEYS_KEPT_MS, limit));
  const letters = await deleteAll(options, (db, limit) =>
    deleteClosedLetters(db, now - CLOSED_LETTERS_KEPT_MS, limit),
  );
  return { idempotencyKeys: keys.rows, deadLetters: letters.rows, done: keys.done && letters.done };
}

async function deleteAll(
  { database, timeLeftMs }: PruneOptions,
  deleteSome: (db: Queryable, limit: number) => Promise<number>,
): Promise<{ rows: number; done: boolean }> {
  const db = database.within(STATEMENT_TIMEOUT_MS);
  let rows = 0;
  while (timeLeftMs() > LONGEST_STATEMENT_MS) {
    const deleted = await deleteSome(db, ROWS_PER_STATEMENT);
    rows += deleted;
    if (deleted < ROWS_PER_STATEMENT) {
      return { rows, done: true };
    }
  }
  return { rows, done: false };
}

/** Rows that somebody is at work on stay for a later run. */
const keys = `
  DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM idempotency_keys WHERE created_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED
  ))`;

/** Deletes up to `limit` keys of requests that came before this time, and returns how many. */
export async function deleteExpiredKeys(db: Queryable, before: number, limit: number): Promise<number> {
  return (await db.query(keys, [isoTime(before), limit])).rowCount ?? 0;
}

/** A letter that a row of the outbox still needs is not expired: with it the record would be gone. */
const letters = `
  DELETE FROM dead_letters WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM dead_letters
    WHERE state <> 'open' AND changed_at < $1
      AND id NOT IN (SELECT unnest(dead_letter_ids) FROM outbox WHERE dead_letter_ids IS NOT NULL)
    LIMIT $2 FOR UPDATE SKIP LOCKED
  ))`;

/** Deletes up to `limit` letters that were redriven or discarded before this time, and returns how many. */
export async function deleteClosedLetters(db: Queryable, before: number, limit: number): Promise<number> {
  return (await db.query(letters, [isoTime(before), limit])).rowCount ?? 0;
}
