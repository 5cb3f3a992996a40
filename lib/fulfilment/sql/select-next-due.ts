import type { Queryable } from '../../postgres/database.ts';

const statement = 'SELECT min(next_attempt_at) AS due_at FROM fulfilment_attempts';

/** When the next attempt falls due, in milliseconds since the epoch; undefined when none waits. */
export async function selectNextDue(db: Queryable): Promise<number | undefined> {
  const { rows } = await db.query<{ due_at: Date | null }>(statement);
  return rows[0]?.due_at?.getTime();
}
