import pg from 'pg';
import { OrderlyError } from '../errors/orderly-error.ts';

/** SQLSTATE codes by their names: https://www.postgresql.org/docs/17/errcodes-appendix.html */
const SERIALIZATION_FAILURE = '40001';
const DEADLOCK_DETECTED = '40P01';
const UNIQUE_VIOLATION = '23505';
/** A connection to a server that was the primary before a failover. */
const READ_ONLY_SQL_TRANSACTION = '25006';
/** A process that was frozen in the middle of a transaction. */
const IDLE_IN_TRANSACTION_SESSION_TIMEOUT = '25P03';

/** Values that a column or a constraint does not take: sending them again ends the same. */
const DATA_EXCEPTION = '22';
const NOT_NULL_VIOLATION = '23502';
const CHECK_VIOLATION = '23514';

/** The server does not know this user, or not with this password. */
const INVALID_AUTHORIZATION_SPECIFICATION = '28000';
const INVALID_PASSWORD = '28P01';

/** Classes of which every code says that the server cannot work now, and will again. */
const CONNECTION_EXCEPTION = '08';
const INSUFFICIENT_RESOURCES = '53';
const OPERATOR_INTERVENTION = '57';

/** A clash with a concurrent transaction: doing the very same again comes out right. */
export function isTransactionConflict(error: unknown): boolean {
  const state = sqlState(error);
  return state === SERIALIZATION_FAILURE || state === DEADLOCK_DETECTED || state === UNIQUE_VIOLATION;
}

/** Total: a failed query as one of our errors; what the database had no part in is passed through. */
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
  return isRejectedData(error)
    ? new OrderlyError('database_refused', `the database refused it: ${error.message}`, { cause: error })
    : new OrderlyError('internal_error', `PostgreSQL failed: ${error.message}`, { cause: error });
}

/**
 * Total: why there is no connection. Whatever stood in its way (the network, a certificate, a missing password, a
 * protocol that is not understood), no query had a part in it, and the same query may succeed another time.
 */
export function connectionError(reason: unknown): OrderlyError {
  if (reason instanceof OrderlyError) {
    return unavailable('There is no way to log in at the database.', reason);
  }
  if (isAuthenticationFailure(reason)) {
    const message = `PostgreSQL does not let this program in: ${reason.message}`;
    const rejection = new OrderlyError('login_refused', message, { cause: reason });
    return unavailable('The database does not let this program in.', rejection);
  }
  return isUnavailable(reason)
    ? unavailable('The database does not answer.', reason)
    : unavailable('No connection to the database can be made.', reason);
}

const unavailable = (message: string, cause: unknown): OrderlyError =>
  new OrderlyError('database_unavailable', message, { cause });

function isRejectedData({ code = '' }: pg.DatabaseError): boolean {
  return code.startsWith(DATA_EXCEPTION) || code === NOT_NULL_VIOLATION || code === CHECK_VIOLATION;
}

/** What node says when no server is heard. */
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

/** pg's own errors, when a connection ends or a timeout of ours passes, have no code. */
const connectionErrorText = /connection (terminated|error)|not queryable|timeout/i;

/** pg has given a query up after its time. */
export const isQueryTimeout = (error: unknown): boolean =>
  Error.isError(error) && error.message === 'Query read timeout';

/** The connection was not made: nothing has been done in it. */
export function isAuthenticationFailure(error: unknown): error is pg.DatabaseError {
  const state = sqlState(error);
  return state === INVALID_PASSWORD || state === INVALID_AUTHORIZATION_SPECIFICATION;
}

/** The server is away, or the connection to it is worth nothing any more. */
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
