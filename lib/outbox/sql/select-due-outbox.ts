import type { Queryable } from '../../postgres/database.ts';
import { isoTime } from '../../time/time-text.ts';

const due = 'set_aside_at IS NULL AND created_at <= $1';

/**
 * Adds the sizes and keys of the letters to the rows of `listed`. PostgreSQL knows the length of a value without
 * reading it.
 */
const withSizes = `
  SELECT listed.id, listed.kind, letters.bytes, CASE listed.kind WHEN 'redrive' THEN letters.key_hash END AS key_hash
  FROM listed
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(coalesce(octet_length(key), 0) + coalesce(octet_length(value), 0) + octet_length(headers)), 0)::float8 AS bytes,
           min(encode(sha256(key), 'hex')) AS key_hash
    FROM dead_letters AS letter WHERE letter.id = ANY (listed.dead_letter_ids)
  ) AS letters
  ORDER BY listed.id`;

const select = `
  WITH listed AS (
    SELECT id, kind, dead_letter_ids FROM outbox
    WHERE ${due} AND id <> ALL ($2::bigint[]) AND kind <> ALL ($3::text[])
    ORDER BY id
    LIMIT $4
  ) ${withSizes}`;

/** A row with the fields that decide which rows it can be published with. */
export interface SizedOutboxRow {
  readonly id: string;
  /** The size of its letters. */
  readonly bytes: number;
  /** Equal for redrives of one key; `null` for another kind of row or a letter without a key. */
  readonly keyHash: string | null;
}

export interface OutboxRow extends SizedOutboxRow {
  readonly kind: 'order_status' | 'dead_letter' | 'redrive';
}

interface SelectedRow extends Omit<OutboxRow, 'keyHash'> {
  readonly key_hash: string | null;
}

const outboxRow = ({ key_hash: keyHash, ...row }: SelectedRow): OutboxRow => ({ ...row, keyHash });

/** Returns the first rows written before this time, in id order, without the excluded ids and kinds. */
export async function selectDueOutbox(
  db: Queryable,
  writtenBefore: number,
  excluded: { readonly ids: readonly string[]; readonly kinds: readonly string[] },
  limit: number,
): Promise<OutboxRow[]> {
  const values = [isoTime(writtenBefore), excluded.ids, excluded.kinds, limit];
  return (await db.query<SelectedRow>(select, values)).rows.map(outboxRow);
}

const selectThese = `
  WITH listed AS (SELECT id, kind, dead_letter_ids FROM outbox WHERE id = ANY ($1::bigint[])) ${withSizes}`;

/** Returns the rows that still exist, in id order. */
export async function selectOutbox(db: Queryable, ids: readonly string[]): Promise<OutboxRow[]> {
  return (await db.query<SelectedRow>(selectThese, [ids])).rows.map(outboxRow);
}

const count = `SELECT count(*)::int AS rows, min(created_at) AS oldest FROM outbox WHERE ${due}`;

/** Returns the number of rows written before this time, and the time of the oldest. */
export async function countDueOutbox(
  db: Queryable,
  writtenBefore: number,
): Promise<{ rows: number; oldestAt: number | undefined }> {
  const { rows } = await db.query<{ rows: number; oldest: Date | null }>(count, [isoTime(writtenBefore)]);
  return { rows: rows[0]?.rows ?? 0, oldestAt: rows[0]?.oldest?.getTime() };
}
