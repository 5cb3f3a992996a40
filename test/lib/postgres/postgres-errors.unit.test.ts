import { expect, test } from '@jest/globals';
import pg from 'pg';
import { OrderlyError } from '../../../lib/errors/orderly-error.ts';
import { classifyDatabaseError, connectionError } from '../../../lib/postgres/postgres-errors.ts';

function databaseError(code: string): pg.DatabaseError {
  const error = new pg.DatabaseError('as PostgreSQL says it', 0, 'error');
  error.code = code;
  return error;
}

const withCode = (code: string): Error => Object.assign(new Error('a message of Node.js'), { code });

test.each<[string, unknown]>([
  ['an unavailable server', withCode('ECONNREFUSED')],
  ['a certificate', withCode('CERT_HAS_EXPIRED')],
  ['an unknown code', withCode('ERR_OF_TOMORROW')],
  ['an error of pg without a code', new Error('There was an error establishing an SSL connection')],
  ['credentials of a wrong form', new TypeError('accessKeyId is a required option')],
  ['a missing database', databaseError('3D000')],
  ['no password', new OrderlyError('secret_unavailable', 'none')],
  ['a value that is not an error', 'nothing'],
])('%s, while connecting, is database_unavailable with that as its cause', (_, reason) => {
  const error = connectionError(reason);

  expect(error).toMatchObject({ code: 'database_unavailable', retryable: true });
  expect(error.cause).toBe(reason);
});

test.each(['28P01', '28000'])('a rejected login (%s) is the cause login_refused', (state) => {
  const rejection = databaseError(state);

  expect(connectionError(rejection)).toMatchObject({
    code: 'database_unavailable',
    cause: { code: 'login_refused', cause: rejection },
  });
});

test.each([
  ['57P01', 'database_unavailable'],
  ['25006', 'database_unavailable'],
  ['22003', 'database_refused'],
  ['23514', 'database_refused'],
  ['42P01', 'internal_error'],
])('a query that fails with %s is %s', (state, code) => {
  expect(classifyDatabaseError(databaseError(state))).toMatchObject({ code });
});

test('the cause of a failed query has no row, key or parameter, because it is logged', () => {
  const failure = databaseError('23514');
  failure.detail = 'Failing row contains (order-1, customer-1).';
  failure.where = "unnamed portal parameter $1 = 'customer-1'";
  failure.constraint = 'orders_quantity_check';

  const { cause } = classifyDatabaseError(failure) as OrderlyError;

  expect(cause).toMatchObject({ code: '23514', constraint: 'orders_quantity_check' });
  expect(JSON.stringify(cause)).not.toContain('customer-1');
});

test('errors of other origins are returned unchanged', () => {
  const error = new TypeError('of the rules');

  expect(classifyDatabaseError(error)).toBe(error);
});
