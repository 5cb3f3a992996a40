import type { Queryable } from '../../postgres/database.ts';
import { isoTime } from '../../time/time-text.ts';

const due = 'set_aside_at IS NULL AND created_at <= $1';

/** Of `listed`, which has an id, a kind and letters. The length of a value is known without reading it. */
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

/** A row with what decides which others it may be published with. */
export interface SizedOutboxRow {
  readonly id: string;
  /** Of its letters. */
  readonly bytes: number;
  /** Of a redrive: the same for those of one key; `null`: its letter has none. */
  readonly keyHash: string | null;
}

export interface OutboxRow extends SizedOutboxRow {
  readonly kind: 'order_status' | 'dead_letter' | 'redrive';
}

interface SelectedRow extends Omit<OutboxRow, 'keyHash'> {
  readonly key_hash: string | null;
}

const outboxRow = ({ key_hash: keyHash, ...row }: SelectedRow): OutboxRow => ({ ...row, keyHash });

/** The first rows that were written before this time, by id, without those ids and kinds. */
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

/** Those of the rows that are still there, by id. */
export async function selectOutbox(db: Queryable, ids: readonly string[]): Promise<OutboxRow[]> {
  return (await db.query<SelectedRow>(selectThese, [ids])).rows.map(outboxRow);
}

const count = `SELECT count(*)::int AS rows, min(created_at) AS oldest FROM outbox WHERE ${due}`;

/** How many rows were written before this time, and when the oldest of them was. */
export async function countDueOutbox(
  db: Queryable,
  writtenBefore: number,
): Promise<{ rows: number; oldestAt: number | undefined }> {
  const { rows } = await db.query<{ rows: number; oldest: Date | null }>(count, [isoTime(writtenBefore)]);
  return { rows: rows[0]?.rows ?? 0, oldestAt: rows[0]?.oldest?.getTime() };
}
