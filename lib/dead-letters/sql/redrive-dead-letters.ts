import type { KafkaRecord } from '../../orders/command.ts';
import { type RecordRow, recordColumns, recordOf } from '../../orders/sql/record-columns.ts';
import type { Queryable } from '../../postgres/database.ts';
import { isoTime } from '../../time/time-text.ts';

/** Letters that are sent in sequence. */
export interface RedriveRow {
  readonly ids: readonly string[];
  /** Per letter: the version of the order to retry; `null` for a letter whose record is sent unchanged. */
  readonly versions: readonly (number | null)[];
}

const insert = `
  INSERT INTO outbox (created_at, kind, dead_letter_ids, versions)
  SELECT $1, 'redrive', array_agg(letter ORDER BY place), array_agg(version ORDER BY place)
  FROM unnest($2::int[], $3::bigint[], $4::int[]) WITH ORDINALITY AS sent (row_number, letter, version, place)
  GROUP BY row_number
  ORDER BY row_number
  RETURNING id`;

/** Inserts the rows of a redrive into the outbox. Returns their ids in order. */
export async function insertRedriveOutbox(
  db: Queryable,
  rows: readonly RedriveRow[],
  now: number,
): Promise<string[]> {
  const inserted = await db.query<{ id: string }>(insert, [
    isoTime(now),
    rows.flatMap(({ ids }, index) => ids.map(() => index)),
    rows.flatMap(({ ids }) => ids),
    rows.flatMap(({ versions }) => versions),
  ]);
  return inserted.rows.map(({ id }) => id);
}

const earlierRedriveStatement = `
  SELECT EXISTS (
    SELECT FROM outbox WHERE kind = 'redrive' AND set_aside_at IS NULL AND id < $1
  ) AS exists`;

/** Returns whether an earlier redrive is still unsent. */
export async function hasEarlierRedrive(db: Queryable, id: string): Promise<boolean> {
  const { rows } = await db.query<{ exists: boolean }>(earlierRedriveStatement, [id]);
  return rows[0]?.exists === true;
}

const records = `SELECT id, ${recordColumns} FROM dead_letters WHERE id = ANY ($1::bigint[]) ORDER BY id`;

/** Returns the records of letters by letter id. */
export async function selectLetterRecords(
  db: Queryable,
  ids: readonly string[],
): Promise<Map<string, KafkaRecord>> {
  const { rows } = await db.query<RecordRow & { readonly id: string }>(records, [ids]);
  return new Map(rows.map(({ id, ...row }) => [id, recordOf(row)]));
}

const exhausted = `
  SELECT order_id, orders.version
  FROM fulfilment_attempts JOIN orders USING (order_id)
  WHERE order_id = ANY ($1::text[]) AND next_attempt_at IS NULL AND orders.status = 'FAILED'`;

/**
 * Returns the versions of the orders that failed because their attempts are exhausted. It locks nothing: a retry
 * takes effect at exactly that version or not at all.
 */
export async function selectExhaustedVersions(
  db: Queryable,
  orderIds: readonly string[],
): Promise<Map<string, number>> {
  const { rows } = await db.query<{ order_id: string; version: number }>(exhausted, [orderIds]);
  return new Map(rows.map(({ order_id, version }) => [order_id, version]));
}
