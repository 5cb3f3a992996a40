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

/** What the statements under `sql/` need: a pool or one connection of it. */
export interface Queryable {
  query<Row extends pg.QueryResultRow>(
    text: string,
    values?: readonly unknown[],
  ): Promise<pg.QueryResult<Row>>;
}

export interface Database extends Queryable, AsyncDisposable {
  /**
   * Runs `work` in one transaction: committed when it resolves, rolled back when it throws. Repeated from
   * the start, up to five times, when it clashes with a concurrent one. Rejects with `database_unavailable`
   * when the server is away or does not let in, and with `database_timeout` when it is not done after `withinMs`, by default 15 s;
   * whether a commit cut off there took effect is not known.
   */
  transaction<Result>(work: (transaction: Queryable) => Promise<Result>, withinMs?: number): Promise<Result>;
  /** The same with queries that are given up after this time. */
  within(timeoutMs: number): Queryable;
  /** Resolves when the server answers; rejects within 3 s. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 2_000;
/** A server that is frozen is given up on: soon by a read, which a person waits for, later by a batch. */
const READ_TIMEOUT_MS = 4_000;
const PING_TIMEOUT_MS = 1_000;
const ROLLBACK_TIMEOUT_MS = 1_000;
const TRANSACTION_TIMEOUT_MS = 15_000;
/** One process serves one request at a time on Lambda, and six partitions at a time on a laptop. */
const MAX_CONNECTIONS = 10;
const MAX_ATTEMPTS = 5;

/**
 * A pool that connects when first used. Nobody has to be told when the server comes back, nor when a password has
 * changed: a refused `login` is asked for a new one, once.
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

/** pg takes a timeout per query; its types know only the pool's. */
function timedQuery(
  timeoutMs: number,
  text: string,
  values: readonly unknown[] = [],
): pg.QueryConfig & { query_timeout: number } {
  return { text, values: [...values], query_timeout: timeoutMs };
}

/** What a query has failed in is not used again. */
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

/** A connection that cannot roll back is thrown away; the server then rolls back by itself. */
function rollBack(client: pg.PoolClient): Promise<boolean> {
  return client.query(timedQuery(ROLLBACK_TIMEOUT_MS, 'ROLLBACK')).then(
    () => true,
    () => false,
  );
}

function timeoutError(withinMs: number, cause: unknown): OrderlyError {
  return new OrderlyError('database_timeout', `The database was not done within ${withinMs} ms.`, { cause });
}

function rethrowClassified(error: unknown): never {
  throw classifyDatabaseError(error);
}
