import { expect, test } from '@jest/globals';
import { ensureDatabase } from '../../../lib/postgres/ensure-database.ts';
import { freePort } from '../../../local/process/ports.ts';
import { emptyDatabase, queryOnce } from '../../support/database.ts';

/** Returns the URL of a missing database on the server that the tests share. */
async function absentDatabase(): Promise<string> {
  const url = new URL(await emptyDatabase());
  url.pathname += '_pr-1';
  return url.toString();
}

test('a missing database is created, also by two processes at once, and an existing one is not changed', async () => {
  const connectionString = await absentDatabase();

  await Promise.all([ensureDatabase({ connectionString }), ensureDatabase({ connectionString })]);
  await queryOnce(connectionString, 'CREATE TABLE kept (id int)');
  await ensureDatabase({ connectionString });

  expect(await queryOnce(connectionString, 'SELECT * FROM kept')).toEqual([]);
});

test('an unavailable server is an error, and nothing is created', async () => {
  const connectionString = `postgresql://postgres@127.0.0.1:${await freePort()}/none`;

  await expect(ensureDatabase({ connectionString })).rejects.toThrow('ECONNREFUSED');
});
