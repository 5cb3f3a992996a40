import type { Database } from '../../lib/postgres/database.ts';
import type { OwnServers } from './own-servers.ts';

export interface CommitRate {
  readonly firstAt: Date;
  readonly seconds: number;
  readonly ordersPerSecond: number;
}

/** Turns on `track_commit_timestamp`, which needs a restart. */
export async function keepCommitTimes(servers: OwnServers, database: Database): Promise<void> {
  await database.query('ALTER SYSTEM SET track_commit_timestamp = on');
  await servers.killPostgres();
  await servers.restartPostgres();
}

/**
 * Returns the rate at which orders created before `createdUntil` were committed after `since`, by PostgreSQL's clock, from the
 * first commit to the last. The first batch does not count, because the time starts with its commit.
 */
export async function commitRate(
  database: Database,
  { since = new Date(0), createdUntil = new Date() } = {},
): Promise<CommitRate> {
  const { rows } = await database.query<{ first: Date; seconds: number; rate: number }>(
    `WITH commits AS (
       SELECT pg_xact_commit_timestamp(xmin) AS at, count(*) AS orders FROM orders
       WHERE created_at < $2 AND pg_xact_commit_timestamp(xmin) > $1 GROUP BY 1
     ), span AS (
       SELECT min(at) AS first, extract(epoch FROM max(at) - min(at))::float AS seconds FROM commits
     )
     SELECT first, seconds, sum(orders)::float / seconds AS rate
     FROM commits, span WHERE at > first GROUP BY first, seconds`,
    [since, createdUntil],
  );
  const [row] = rows;
  if (row === undefined) {
    throw new Error('Fewer than two transactions stored orders.');
  }
  return { firstAt: row.first, seconds: row.seconds, ordersPerSecond: Math.round(row.rate) };
}
