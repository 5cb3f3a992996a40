import { mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import pg from 'pg';
import { migrate } from '../../../lib/postgres/migrate.ts';
import { emptyDatabase } from '../../support/database.ts';

test('a table that stays in use is reported as the cause, and not as an error in the file', async () => {
  using directory = mkdtempDisposableSync(join(tmpdir(), 'orderly-migrations-'));
  const url = await emptyDatabase();
  writeFileSync(join(directory.path, '0001_table.sql'), 'CREATE TABLE busy (id int)');
  await migrate(url, { directory: directory.path });
  writeFileSync(join(directory.path, '0002_column.sql'), 'ALTER TABLE busy ADD COLUMN more int');
  const longTransaction = new pg.Client({ connectionString: url });
  await longTransaction.connect();
  await longTransaction.query('BEGIN; SELECT FROM busy');

  const migrating = migrate(url, { directory: directory.path });

  await expect(migrating).rejects.toMatchObject({
    code: 'database_timeout',
    retryable: true,
    message: expect.stringMatching(
      /^migrations\/0002_column\.sql was rolled back 10 times: a table .* is in use/,
    ),
  });
  await longTransaction.end();
});
