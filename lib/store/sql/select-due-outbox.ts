import type { Queryable } from '../database.ts';
import { toTimestamp } from './timestamp.ts';

const due = 'set_aside_at IS NULL AND created_at <= $1';

const select = `
  SELECT id, kind FROM outbox
  WHERE ${due} AND id <> ALL ($2::bigint[]) AND kind <> ALL ($3::text[])
  ORDER BY id
  LIMIT $4`;

export interface DueOutboxRow {
  readonly id: string;
  readonly kind: 'order_status' | 'dead_letter' | 'redrive';
}

/** The first rows that were written before this time, by id, without those ids and kinds. */
export async function selectDueOutbox(
  db: Queryable,
  writtenBefore: number,
  without: { readonly ids: readonly string[]; readonly kinds: readonly string[] },
  limit: number,
): Promise<DueOutboxRow[]> {
  const values = [toTimestamp(writtenBefore), without.ids, without.kinds, limit];
  return (await db.query<DueOutboxRow>(select, values)).rows;
}

const count = `SELECT count(*)::int AS rows, min(created_at) AS oldest FROM outbox WHERE ${due}`;

/** How many rows were written before this time, and when the oldest of them was. */
export async function countDueOutbox(
  db: Queryable,
  writtenBefore: number,
): Promise<{ rows: number; oldestAt: number | undefined }> {
  const { rows } = await db.query<{ rows: number; oldest: Date | null }>(count, [toTimestamp(writtenBefore)]);
  return { rows: rows[0]?.rows ?? 0, oldestAt: rows[0]?.oldest?.getTime() };
}
