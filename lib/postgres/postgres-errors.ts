import pg from 'pg';
import { OrderlyError } from '../errors/orderly-error.ts';

/** SQLSTATE codes by name: https://www.postgresql.org/docs/17/errcodes-appendix.html */
const SERIALIZATION_FAILURE = '40001';
const DEADLOCK_DETECTED = '40P01';
const UNIQUE_VIOLATION = '23505';
/** The server was the primary before a failover. */
const READ_ONLY_SQL_TRANSACTION = '25006';
/** The process was frozen during a transaction. */
const IDLE_IN_TRANSACTION_SESSION_TIMEOUT = '25P03';

/** PostgreSQL rejects the value. A retry fails too. */
const DATA_EXCEPTION = '22';
const NOT_NULL_VIOLATION = '23502';
const CHECK_VIOLATION = '23514';

/** The user is unknown or the password is wrong. */
const INVALID_AUTHORIZATION_SPECIFICATION = '28000';
const INVALID_PASSWORD = '28P01';

/** Classes of codes for a server that is temporarily unable to work. */
const CONNECTION_EXCEPTION = '08';
const INSUFFICIENT_RESOURCES = '53';
const OPERATOR_INTERVENTION = '57';

/** Returns whether the error is a conflict with a concurrent transaction. A retry succeeds. */
export function isTransactionConflict(error: unknown): boolean {
  const state = sqlState(error);
  return state === SERIALIZATION_FAILURE || state === DEADLOCK_DETECTED || state === UNIQUE_VIOLATION;
}

/** Returns the error of a failed query as an `OrderlyError`. Returns errors of other origins unchanged. */
export function classifyDatabaseError(error: unknown): unknown {
  if (error instanceof OrderlyError) {
    return error;
  }
  if (isUnavailable(error) || isAuthenticationFailure(error)) {
    return connectionError(error);
  }
  if (!(error instanceof pg.DatabaseError)) {
    return error;
  }
  removeValues(error);
  return isRejectedData(error)
    ? new OrderlyError('database_refused', `the database rejected it: ${error.message}`, { cause: error })
    : new OrderlyError('internal_error', `PostgreSQL failed: ${error.message}`, { cause: error });
}

/**
 * Returns the reason for a missing connection as an `OrderlyError`. No query was sent, so the same query may
 * succeed later, for any cause (network, certificate, missing password, protocol).
 */
export function connectionError(reason: unknown): OrderlyError {
  if (reason instanceof OrderlyError) {
    return unavailable('No credentials for the database are available.', reason);
  }
  if (isAuthenticationFailure(reason)) {
    const message = `PostgreSQL rejected the login: ${reason.message}`;
    const rejection = new OrderlyError('login_refused', message, { cause: reason });
    return unavailable('The database rejected the login.', rejection);
  }
  return isUnavailable(reason)
    ? unavailable('The database does not respond.', reason)
    : unavailable('The connection to the database failed.', reason);
}

const unavailable = (message: string, cause: unknown): OrderlyError =>
  new OrderlyError('database_unavailable', message, { cause });

/** Removes the texts in which PostgreSQL quotes rows, keys and parameters: the error is logged with all its fields. */
function removeValues(error: pg.DatabaseError): void {
  error.detail = undefined;
  error.where = undefined;
}

function isRejectedData({ code = '' }: pg.DatabaseError): boolean {
  return code.startsWith(DATA_EXCEPTION) || code === NOT_NULL_VIOLATION || code === CHECK_VIOLATION;
}

/** Node's codes for an unreachable server. */
const networkErrors: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** pg's own errors for closed connections and timeouts have no code. */
const connectionErrorText = /connection (terminated|error)|not queryable|timeout/i;

/** Returns whether pg's query timeout has passed. */
export const isQueryTimeout = (error: unknown): boolean =>
  Error.isError(error) && error.message === 'Query read timeout';

/** Returns whether the login failed. No query was sent. */
export function isAuthenticationFailure(error: unknown): error is pg.DatabaseError {
  const state = sqlState(error);
  return state === INVALID_PASSWORD || state === INVALID_AUTHORIZATION_SPECIFICATION;
}

/** Returns whether the server is unavailable or the connection is unusable. */
export function isUnavailable(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) {
    return (
      state === READ_ONLY_SQL_TRANSACTION ||
      state === IDLE_IN_TRANSACTION_SESSION_TIMEOUT ||
      [CONNECTION_EXCEPTION, INSUFFICIENT_RESOURCES, OPERATOR_INTERVENTION].includes(state.slice(0, 2))
    );
  }
  if (!Error.isError(error)) {
    return false;
  }
  return 'code' in error ? networkErrors.has(String(error.code)) : connectionErrorText.test(error.message);
}

function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}
