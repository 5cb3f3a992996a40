import type { Queryable } from './database.ts';

/** Every role may see how many there are of every database, which `pg_stat_activity` would only partly tell. */
const statement = `
  SELECT sum(numbackends)::int AS used, current_setting('max_connections')::int AS allowed FROM pg_stat_database`;

/** Connections to the whole server, this one among them, and how many it takes. */
export async function countConnections(db: Queryable): Promise<{ used: number; allowed: number }> {
  const { rows } = await db.query<{ used: number; allowed: number }>(statement);
  return rows[0] ?? { used: 0, allowed: 0 };
}

/** What gauges count they count so far, in some tens of milliseconds: an alarm does not need to know how many more there are. */
export const MAX_COUNT = 100_000;
