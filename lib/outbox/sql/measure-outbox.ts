import type { Queryable } from '../../postgres/database.ts';
import { isoTime } from '../../time/iso-time.ts';

/** The table is a queue and has few rows, each of which stands for a whole batch. */
const statement = `
  SELECT count(*) FILTER (WHERE set_aside_at IS NULL)::int AS rows,
         coalesce(extract(epoch FROM $1::timestamptz - min(created_at) FILTER (WHERE set_aside_at IS NULL)), 0)::float8 AS age,
         count(set_aside_at)::int AS set_aside
  FROM outbox`;

export interface OutboxMeasure {
  /** Rows that are to be published; those of this moment among them. */
  readonly rows: number;
  /** Of the oldest of these. */
  readonly ageSeconds: number;
  /** Rows that Kafka will never take. */
  readonly parked: number;
}

export async function measureOutbox(db: Queryable, now: number): Promise<OutboxMeasure> {
  const { rows } = await db.query<{ rows: number; age: number; set_aside: number }>(statement, [
    isoTime(now),
  ]);
  const [{ rows: waiting, age, set_aside: parked } = { rows: 0, age: 0, set_aside: 0 }] = rows;
  return { rows: waiting, ageSeconds: Math.max(age, 0), parked };
}
