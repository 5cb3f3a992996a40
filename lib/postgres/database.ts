import type pg from 'pg';
import { OrderlyError } from '../errors/orderly-error.ts';
import { connectionTo } from './database-url.ts';
import type { DatabaseLogin } from './login.ts';
import {
  classifyDatabaseError,
  isQueryTimeout,
  isTransactionConflict,
  isUnavailable,
} from './postgres-errors.ts';
import { RecyclingPool } from './recycling-pool.ts';

/** A pool or one of its connections, for the statements under `sql/`. */
export interface Queryable {
  query<Row extends pg.QueryResultRow>(
    text: string,
    values?: readonly unknown[],
  ): Promise<pg.QueryResult<Row>>;
}

export interface Database extends Queryable, AsyncDisposable {
  /**
   * Runs `work` in one transaction. Commits when it resolves and rolls back when it throws. Repeats it up to five
   * times after a conflict with a concurrent transaction. Rejects with `database_unavailable` when the server is
   * unavailable or rejects the login. Rejects with `database_timeout` after `withinMs` (default 15 s): a commit
   * interrupted then may have taken effect.
   */
  transaction<Result>(work: (transaction: Queryable) => Promise<Result>, withinMs?: number): Promise<Result>;
  /** Returns the same database with this timeout per query. */
  within(timeoutMs: number): Queryable;
  /** Resolves when the server responds; rejects within 3 s. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 2_000;
/** Timeouts for an unresponsive server: short for a read, because a person waits; long for a batch. */
const READ_TIMEOUT_MS = 4_000;
const PING_TIMEOUT_MS = 1_000;
const ROLLBACK_TIMEOUT_MS = 1_000;
const TRANSACTION_TIMEOUT_MS = 15_000;
/** A process serves one request at a time on Lambda, and six partitions at a time on a laptop. */
const MAX_CONNECTIONS = 10;
const MAX_ATTEMPTS = 5;

/**
 * Returns a pool that connects on first use. It recovers by itself when the server comes back or a password
 * changes: after a rejected `login`, it requests a new password once.
 */
export function createDatabase(url: string, login?: DatabaseLogin): Database {
  const pool = new RecyclingPool(
    {
      application_name: 'orderly',
      ...connectionTo(url, login),
      max: MAX_CONNECTIONS,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      allowExitOnIdle: true,
    },
    login,
  );
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= pool.end();
    return closing;
  };
  const within = (timeoutMs: number): Queryable => ({
    query: <Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]) =>
      pool
        .run((client) => runQuery<Row>(client, timedQuery(timeoutMs, text, values)))
        .catch(rethrowClassified),
  });

  return {
    ...within(READ_TIMEOUT_MS),
    within,
    transaction: async (work, withinMs = TRANSACTION_TIMEOUT_MS) => {
      const deadline = Date.now() + withinMs;
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await pool.run((client) => runTransaction(client, work, deadline));
        } catch (error) {
          if (attempt === MAX_ATTEMPTS || !isTransactionConflict(error)) {
            throw isQueryTimeout(error) ? timeoutError(withinMs, error) : classifyDatabaseError(error);
          }
        }
      }
    },
    ping: async () => {
      await within(PING_TIMEOUT_MS).query('SELECT');
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** pg accepts a timeout per query. Its types declare it for the pool only. */
function timedQuery(
  timeoutMs: number,
  text: string,
  values: readonly unknown[] = [],
): pg.QueryConfig & { query_timeout: number } {
  return { text, values: [...values], query_timeout: timeoutMs };
}

/** Discards a connection after a failed query. */
async function runQuery<Row extends pg.QueryResultRow>(
  client: pg.PoolClient,
  query: pg.QueryConfig,
): Promise<pg.QueryResult<Row>> {
  let broken = true;
  try {
    const result = await client.query<Row>(query);
    broken = false;
    return result;
  } finally {
    client.release(broken);
  }
}

async function runTransaction<Result>(
  client: pg.PoolClient,
  work: (transaction: Queryable) => Promise<Result>,
  deadline: number,
): Promise<Result> {
  const transaction: Queryable = {
    query: (text, values) => client.query(timedQuery(Math.max(deadline - Date.now(), 1), text, values)),
  };
  let broken = true;
  try {
    await transaction.query('BEGIN');
    const result = await work(transaction);
    await transaction.query('COMMIT');
    broken = false;
    return result;
  } catch (error) {
    broken = isUnavailable(error) || !(await rollBack(client));
    throw error;
  } finally {
    client.release(broken);
  }
}

/** Returns false if the connection cannot roll back. It is then discarded, and the server rolls back by itself. */
function rollBack(client: pg.PoolClient): Promise<boolean> {
  return client.query(timedQuery(ROLLBACK_TIMEOUT_MS, 'ROLLBACK')).then(
    () => true,
    () => false,
  );
}

function timeoutError(withinMs: number, cause: unknown): OrderlyError {
  return new OrderlyError('database_timeout', `The database did not finish within ${withinMs} ms.`, {
    cause,
  });
}

function rethrowClassified(error: unknown): never {
  throw classifyDatabaseError(error);
}
