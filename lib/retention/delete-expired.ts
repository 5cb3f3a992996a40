import type { Queryable } from '../postgres/database.ts';
import { isoTime } from '../time/iso-time.ts';

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
