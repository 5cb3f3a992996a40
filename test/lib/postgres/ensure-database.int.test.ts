import { expect, test } from '@jest/globals';
import { ensureDatabase } from '../../../lib/postgres/ensure-database.ts';
import { freePort } from '../../../local/process/ports.ts';
import { emptyDatabase, queryOnce } from '../../support/database.ts';

/** The URL of a database that is not there, on the server that the tests share. */
async function absentDatabase(): Promise<string> {
  const url = new URL(await emptyDatabase());
  url.pathname += '_pr-1';
  return url.toString();
}

test('a database that is not there is made, also by two at once, and one that is there stays as it is', async () => {
  const connectionString = await absentDatabase();

  await Promise.all([ensureDatabase({ connectionString }), ensureDatabase({ connectionString })]);
  await queryOnce(connectionString, 'CREATE TABLE kept (id int)');
  await ensureDatabase({ connectionString });

  expect(await queryOnce(connectionString, 'SELECT * FROM kept')).toEqual([]);
});

test('a server that is away is an error, and no reason to make anything', async () => {
  const connectionString = `postgresql://postgres@127.0.0.1:${await freePort()}/none`;

  await expect(ensureDatabase({ connectionString })).rejects.toThrow('ECONNREFUSED');
});
