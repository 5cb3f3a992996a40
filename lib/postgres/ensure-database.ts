import pg from 'pg';

const INVALID_CATALOG_NAME = '3D000';
/** duplicate_database; unique_violation if two sessions create it at the same moment. */
const duplicateCodes: ReadonlySet<string> = new Set(['42P04', '23505']);

/** The database that every PostgreSQL server has. */
const MAINTENANCE_DATABASE = 'postgres';

const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Creates the database of a connection if the server does not have it, for example for the second stage on a
 * server. Safe if two processes run it at once.
 */
export async function ensureDatabase(connection: pg.ClientConfig): Promise<void> {
  try {
    await runOn(connection, 'SELECT');
  } catch (error) {
    if (stateOf(error) !== INVALID_CATALOG_NAME) {
      throw error;
    }
    const name = new pg.Client(connection).database ?? '';
    await runOn(
      { ...connection, ...withDatabase(connection, MAINTENANCE_DATABASE) },
      `CREATE DATABASE ${pg.escapeIdentifier(name)}`,
    ).catch((failure: unknown) => {
      if (!duplicateCodes.has(stateOf(failure) ?? '')) {
        throw failure;
      }
    });
  }
}

/** pg prefers the database of a connection string to a separate setting. */
function withDatabase({ connectionString }: pg.ClientConfig, database: string): pg.ClientConfig {
  if (connectionString === undefined) {
    return { database };
  }
  const url = new URL(connectionString);
  url.pathname = `/${database}`;
  return { connectionString: url.toString() };
}

async function runOn(connection: pg.ClientConfig, statement: string): Promise<void> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => undefined); // a lost connection: the pending query fails too
  try {
    await client.connect();
    await client.query(statement);
  } finally {
    await client.end();
  }
}

const stateOf = (error: unknown): string | undefined =>
  error instanceof pg.DatabaseError ? error.code : undefined;
