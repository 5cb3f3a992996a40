import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { OrderlyError } from '../errors.ts';

const MIGRATIONS = join(import.meta.dirname, '../../migrations');

const CONNECT_TIMEOUT_MS = 5_000;

/** Any number that nobody else locks in this database: two migrations at once wait for each other. */
const ADVISORY_LOCK = 727_173_001;

/**
 * Brings a database up to the newest of the numbered files in `migrations/`, forward only, each in one
 * transaction. Safe when two start at once. Returns the files applied by this call.
 * @throws OrderlyError `invalid_configuration` when a file that was applied has changed since.
 */
export async function migrate(databaseUrl: string): Promise<{ applied: string[] }> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'orderly-migrate',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  client.on('error', () => undefined); // a lost connection: the query that waits says so too
  await client.connect();
  try {
    await client.query('SET statement_timeout = 0'); // the role's own is for the functions
    await client.query('SELECT pg_advisory_lock($1)', [ADVISORY_LOCK]);
    await client.query(
      'CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())',
    );
    const { rows } = await client.query<{ name: string; checksum: string }>(
      'SELECT name, checksum FROM migrations',
    );
    const known = new Map(rows.map(({ name, checksum }) => [name, checksum]));
    const applied: string[] = [];
    for (const { name, sql, checksum } of await readMigrations()) {
      if (!known.has(name)) {
        await applyOne(client, name, sql, checksum);
        applied.push(name);
      } else if (known.get(name) !== checksum) {
        throw new OrderlyError(
          'invalid_configuration',
          `migrations/${name} has changed since it was applied. Put it back as it was, and write the change as a new file.`,
        );
      }
    }
    return { applied };
  } finally {
    await client.end(); // releases the lock, whatever happened
  }
}

async function readMigrations(): Promise<{ name: string; sql: string; checksum: string }[]> {
  const names = (await readdir(MIGRATIONS)).filter((name) => /^\d{4}_.+\.sql$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(MIGRATIONS, name), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

async function applyOne(client: pg.Client, name: string, sql: string, checksum: string): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(sql);
    await client.query('INSERT INTO migrations (name, checksum) VALUES ($1, $2)', [name, checksum]);
    await client.query('COMMIT');
  } catch (cause) {
    await client.query('ROLLBACK');
    throw new OrderlyError('invalid_configuration', `migrations/${name} failed and was rolled back.`, {
      cause,
    });
  }
}
