import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { createDatabase, type Database } from '../../lib/postgres/database.ts';
import { migrate } from '../../lib/postgres/migrate.ts';

export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly database: Database;
}

/** An empty database of its own on the server that the integration tests share. */
export async function emptyDatabase(): Promise<string> {
  const server = process.env.TEST_DATABASE_URL ?? '';
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await queryOnce(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.toString();
}

/** The rows of one query, on a connection of its own. */
export async function queryOnce(databaseUrl: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query(sql);
    return rows;
  } finally {
    await client.end();
  }
}

/** How many orders are stored. */
export async function countOrders(databaseUrl: string): Promise<number> {
  const [row] = await queryOnce(databaseUrl, 'SELECT count(*)::int AS orders FROM orders');
  return Number(row?.orders);
}

/** A migrated database of its own. Left behind for a look when a test has failed: the server goes with the run. */
export async function freshDatabase(): Promise<TestDatabase> {
  const url = await emptyDatabase();
  await migrate(url);
  const database = createDatabase(url);
  return { url, database, [Symbol.asyncDispose]: () => database.close() };
}
