import type { Queryable } from '../database.ts';
import { toTimestamp } from './timestamp.ts';

/** Letters that are sent one after the other. */
export interface RedriveRow {
  readonly ids: readonly string[];
  /** Per letter: the version of the order that is to be retried; `null` for one that is sent as it is. */
  readonly versions: readonly (number | null)[];
}

const insert = `
  INSERT INTO outbox (created_at, kind, dead_letter_ids, versions)
  SELECT $1, 'redrive', array_agg(letter ORDER BY place), array_agg(version ORDER BY place)
  FROM unnest($2::int[], $3::bigint[], $4::int[]) WITH ORDINALITY AS sent (row_number, letter, version, place)
  GROUP BY row_number
  ORDER BY row_number
  RETURNING id`;

/** Notes that letters are to be sent again. Returns the ids of the rows, in their order. */
export async function insertRedriveOutbox(
  db: Queryable,
  rows: readonly RedriveRow[],
  now: number,
): Promise<string[]> {
  const inserted = await db.query<{ id: string }>(insert, [
    toTimestamp(now),
    rows.flatMap(({ ids }, index) => ids.map(() => index)),
    rows.flatMap(({ ids }) => ids),
    rows.flatMap(({ versions }) => versions),
  ]);
  return inserted.rows.map(({ id }) => id);
}

const older = `
  SELECT EXISTS (
    SELECT FROM outbox WHERE kind = 'redrive' AND set_aside_at IS NULL AND id < $1
  ) AS waits`;

/** Whether letters of an earlier redrive are still to be sent. */
export async function earlierRedriveWaits(db: Queryable, id: string): Promise<boolean> {
  const { rows } = await db.query<{ waits: boolean }>(older, [id]);
  return rows[0]?.waits === true;
}

const retryable = `
  SELECT letter.id, orders.version
  FROM dead_letters AS letter
  JOIN fulfilment_attempts USING (topic, partition, "offset", timestamp_ms)
  JOIN orders USING (order_id)
  WHERE letter.id = ANY ($1::bigint[]) AND next_attempt_at IS NULL AND orders.status = 'FAILED'`;

/**
 * Of letters with exhausted attempts: those whose order is still failed for that reason, each with its version. Locks
 * nothing: the retry takes effect at exactly that version or not at all.
 */
export async function selectRetryableVersions(
  db: Queryable,
  ids: readonly string[],
): Promise<Map<string, number>> {
  const { rows } = await db.query<{ id: string; version: number }>(retryable, [ids]);
  return new Map(rows.map(({ id, version }) => [id, version]));
}
