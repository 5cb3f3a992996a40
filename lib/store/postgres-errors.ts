import { OrderlyError } from '../errors.ts';

/** SQLSTATE codes by their names: https://www.postgresql.org/docs/17/errcodes-appendix.html */
const SERIALIZATION_FAILURE = '40001';
const DEADLOCK_DETECTED = '40P01';
const UNIQUE_VIOLATION = '23505';

/** Classes of which every code says that the server cannot work now, and will again. */
const CONNECTION_EXCEPTION = '08';
const INSUFFICIENT_RESOURCES = '53';
const OPERATOR_INTERVENTION = '57';

/** A clash with a concurrent transaction: doing the very same again comes out right. */
export function isTransactionConflict(error: unknown): boolean {
  const state = sqlState(error);
  return state === SERIALIZATION_FAILURE || state === DEADLOCK_DETECTED || state === UNIQUE_VIOLATION;
}

/** Total: a failed query as one of our errors; what is no trouble with the server is passed through. */
export function classifyDatabaseError(error: unknown): unknown {
  if (error instanceof OrderlyError || !isUnavailable(error)) {
    return error;
  }
  return new OrderlyError('database_unavailable', 'The database does not answer.', { cause: error });
}

/** The server is away, or the connection to it is worth nothing any more. */
export function isUnavailable(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) {
    return [CONNECTION_EXCEPTION, INSUFFICIENT_RESOURCES, OPERATOR_INTERVENTION].includes(state.slice(0, 2));
  }
  // Without a state the server said nothing: node's network errors have a code, pg's own none.
  return Error.isError(error) && ('code' in error || /connection|timeout/i.test(error.message));
}

/** A SQLSTATE is five characters; node's network errors have longer codes (ECONNREFUSED). */
function sqlState(error: unknown): string | undefined {
  const code = Error.isError(error) && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}
