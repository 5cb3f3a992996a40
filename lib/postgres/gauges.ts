import type { Queryable } from './database.ts';

/** Every role can read the counts of all databases here. `pg_stat_activity` shows only a part. */
const statement = `
  SELECT sum(numbackends)::int AS used, current_setting('max_connections')::int AS allowed FROM pg_stat_database`;

/** Returns the connections to the whole server, including this one, and the maximum. */
export async function countConnections(db: Queryable): Promise<{ used: number; allowed: number }> {
  const { rows } = await db.query<{ used: number; allowed: number }>(statement);
  return rows[0] ?? { used: 0, allowed: 0 };
}

/** Gauges count up to this number, which takes tens of milliseconds. An alarm needs no exact larger number. */
export const MAX_COUNT = 100_000;
