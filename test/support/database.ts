import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { createDatabase, type Database } from '../../lib/postgres/database.ts';
import { migrate } from '../../lib/postgres/migrate.ts';
import { forbid } from './log-record/log-record.ts';

export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly database: Database;
}

/** A migrated database, which `freshDatabase` copies. A migration of each database takes four times as long. */
const TEMPLATE = 'orderly_template';

/** Creates the template on the shared server. */
export async function createTemplateDatabase(server: string): Promise<void> {
  await queryOnce(server, `CREATE DATABASE ${TEMPLATE}`);
  await migrate(urlOf(server, TEMPLATE));
}

/** Creates an empty database on the shared server of the integration tests. */
export const emptyDatabase = (): Promise<string> => copyDatabase('template1');

async function copyDatabase(template: string): Promise<string> {
  const server = process.env.TEST_DATABASE_URL ?? '';
  forbid('password', new URL(server).password);
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await withConnection(server, async (client) => {
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
    // PostgreSQL copies the content of the template, but not what the migrations set for a role in the database.
    const { rows } = await client.query<{ role: string; setting: string }>(
      `SELECT setrole::regrole AS role, unnest(setconfig) AS setting
       FROM pg_db_role_setting JOIN pg_database ON pg_database.oid = setdatabase
       WHERE datname = $1 AND setrole <> 0`,
      [template],
    );
    for (const { role, setting } of rows) {
      const [key = '', value = ''] = setting.split('=');
      await client.query(`ALTER ROLE ${role} IN DATABASE ${name} SET ${key} = ${pg.escapeLiteral(value)}`);
    }
  });
  return urlOf(server, name);
}

function urlOf(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.toString();
}

/** Returns the rows of one query, on a separate connection. */
export const queryOnce = (databaseUrl: string, sql: string): Promise<Record<string, unknown>[]> =>
  withConnection(databaseUrl, async (client) => (await client.query(sql)).rows);

async function withConnection<Result>(
  databaseUrl: string,
  use: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** Counts the stored orders. */
export async function countOrders(databaseUrl: string): Promise<number> {
  const [row] = await queryOnce(databaseUrl, 'SELECT count(*)::int AS orders FROM orders');
  return Number(row?.orders);
}

/** Creates a migrated database for one test file. It exists until the shared server ends with the test run. */
export async function freshDatabase(): Promise<TestDatabase> {
  const url = await copyDatabase(TEMPLATE);
  const database = createDatabase(url);
  return { url, database, [Symbol.asyncDispose]: () => database.close() };
}
