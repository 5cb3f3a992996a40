import { COUNTED_AT_MOST } from '../../postgres/counted-at-most.ts';
import type { Queryable } from '../../postgres/database.ts';
import { isoTime } from '../../time/iso-time.ts';

/** By the index, from the oldest on. */
const statement = `
  SELECT count(*)::int AS attempts, coalesce(extract(epoch FROM $1::timestamptz - min(next_attempt_at)), 0)::float8 AS age
  FROM (
    SELECT next_attempt_at FROM fulfilment_attempts WHERE next_attempt_at <= $1
    ORDER BY next_attempt_at LIMIT ${COUNTED_AT_MOST}
  ) AS due`;

export interface DueAttempts {
  /** Calls to the receiver that should be made now. */
  readonly attempts: number;
  /** How long the oldest of them has been due. */
  readonly ageSeconds: number;
}

export async function measureDueAttempts(db: Queryable, now: number): Promise<DueAttempts> {
  const { rows } = await db.query<{ attempts: number; age: number }>(statement, [isoTime(now)]);
  const [{ attempts, age } = { attempts: 0, age: 0 }] = rows;
  return { attempts, ageSeconds: age };
}
