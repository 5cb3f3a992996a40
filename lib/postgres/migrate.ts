import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { OrderlyError } from '../errors/orderly-error.ts';
import { type ApplicationRole, grantApplication } from './application-role.ts';
import { isUnavailable } from './postgres-errors.ts';

const MIGRATIONS = join(import.meta.dirname, '../../migrations');

const CONNECT_TIMEOUT_MS = 5_000;

/** The key of the advisory lock; unique in this database. Concurrent migrations wait for each other. */
const ADVISORY_LOCK = 727_173_001;

/**
 * A statement that waits for a table lock blocks all later readers. After this time it fails, and the migration
 * retries it.
 */
const LOCK_TIMEOUT_MS = 2_000;
const LOCK_ATTEMPTS = 10;
const PAUSE_MS = 500;
/** lock_not_available; deadlock_detected, which PostgreSQL may find before the lock timeout. */
const lockErrorCodes: ReadonlySet<string> = new Set(['55P03', '40P01']);

export interface MigrateOptions {
  /** The directory of the numbered files; default: this project's. */
  readonly directory?: string;
  /** The role of the functions, if it is not the role that migrates. */
  readonly role?: ApplicationRole;
}

export interface MigrationResult {
  /** The files applied by this call. */
  readonly applied: string[];
  /** The newest applied file. */
  readonly version: string;
}

/**
 * Applies the numbered files in `migrations/` that the database does not have, forward only, each in one
 * transaction. Safe if two processes run it at once.
 * @throws OrderlyError `invalid_configuration` when an applied file has changed, a file fails, or the role logs in
 * by another method; `database_timeout` when a table stays in use; `database_unavailable` when PostgreSQL becomes
 * unavailable. Files before the named one stay applied.
 */
export async function migrate(
  connection: string | pg.ClientConfig,
  { directory = MIGRATIONS, role }: MigrateOptions = {},
): Promise<MigrationResult> {
  const client = new pg.Client({
    application_name: 'orderly-migrate',
    ...(typeof connection === 'string' ? { connectionString: connection } : connection),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  client.on('error', () => undefined); // a lost connection: the pending query fails too
  await client.connect();
  try {
    await client.query('SET statement_timeout = 0'); // the role's setting is meant for the functions
    await client.query('SELECT pg_advisory_lock($1)', [ADVISORY_LOCK]);
    await client.query(`SET lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await client.query(
      'CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())',
    );
    const { rows } = await client.query<{ name: string; checksum: string }>(
      'SELECT name, checksum FROM migrations',
    );
    const known = new Map(rows.map(({ name, checksum }) => [name, checksum]));
    const applied: string[] = [];
    for (const { name, sql, checksum } of await readMigrations(directory)) {
      if (!known.has(name)) {
        await applyWithRetries(client, name, sql, checksum);
        applied.push(name);
        known.set(name, checksum);
      } else if (known.get(name) !== checksum) {
        throw new OrderlyError(
          'invalid_configuration',
          `migrations/${name} has changed since it was applied. Restore the file, and write the change as a new file.`,
        );
      }
    }
    if (role !== undefined) {
      await grantApplication(client, role);
    }
    return { applied, version: [...known.keys()].sort().at(-1) ?? '' };
  } finally {
    await client.end(); // releases the lock in every case
  }
}

async function readMigrations(directory: string): Promise<{ name: string; sql: string; checksum: string }[]> {
  const names = (await readdir(directory)).filter((name) => /^\d{4}_.+\.sql$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(directory, name), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

async function applyWithRetries(
  client: pg.Client,
  name: string,
  sql: string,
  checksum: string,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await applyOne(client, name, sql, checksum);
    } catch (cause) {
      if (!isInUse(cause) || attempt === LOCK_ATTEMPTS) {
        throw migrationFailure(name, cause);
      }
      await setTimeout(PAUSE_MS);
    }
  }
}

const isInUse = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && lockErrorCodes.has(error.code ?? '');

/** Only a file that PostgreSQL rejected needs a correction. */
function migrationFailure(name: string, cause: unknown): OrderlyError {
  const reason = Error.isError(cause) ? cause.message : String(cause);
  if (isInUse(cause)) {
    return new OrderlyError(
      'database_timeout',
      `migrations/${name} was rolled back ${LOCK_ATTEMPTS} times: a table that it changes is in use (${reason}). Migrate again when the transaction that locks it has ended.`,
      { cause },
    );
  }
  return isUnavailable(cause)
    ? new OrderlyError(
        'database_unavailable',
        `PostgreSQL became unavailable during migrations/${name} (${reason}). The file was applied completely or not at all: migrate again.`,
        { cause },
      )
    : new OrderlyError('invalid_configuration', `migrations/${name} failed and was rolled back: ${reason}.`, {
        cause,
      });
}

async function applyOne(client: pg.Client, name: string, sql: string, checksum: string): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(sql);
    await client.query('INSERT INTO migrations (name, checksum) VALUES ($1, $2)', [name, checksum]);
    await client.query('COMMIT');
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => undefined); // a lost connection rolls back by itself
    throw cause;
  }
}
