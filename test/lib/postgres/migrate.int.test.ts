import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { migrate } from '../../../lib/postgres/migrate.ts';
import { emptyDatabase, queryOnce } from '../../support/database.ts';
import { until } from '../../support/until.ts';

const directories: string[] = [];

afterAll(() => {
  for (const directory of directories) {
    rmSync(directory, { recursive: true });
  }
});

/** Creates a folder with these files to replace `migrations/`. */
function directoryWith(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'orderly-migrations-'));
  directories.push(directory);
  for (const [name, sql] of Object.entries(files)) {
    writeFileSync(join(directory, name), sql);
  }
  return directory;
}

describe('migrations', () => {
  test('two that start at once apply every file once, and a third has nothing to apply', async () => {
    const url = await emptyDatabase();

    const results = await Promise.all([migrate(url), migrate(url)]);
    const third = await migrate(url);

    expect(results.map(({ applied }) => applied.length).sort()).toEqual([
      0,
      readdirSync('migrations').length,
    ]);
    expect(third).toEqual({ applied: [], version: readdirSync('migrations').sort().at(-1) });
    expect(await queryOnce(url, 'SELECT count(*)::int FROM orders')).toEqual([{ count: 0 }]);
  });

  test('a file that has changed since it was applied is named, and nothing is applied', async () => {
    const url = await emptyDatabase();
    await migrate(url);
    await queryOnce(url, "UPDATE migrations SET checksum = 'other'");

    await expect(migrate(url)).rejects.toMatchObject({
      code: 'invalid_configuration',
      message: expect.stringContaining('0001_orders.sql'),
    });
  });

  test('a file that fails is rolled back and named with the reason; those before it stay', async () => {
    const url = await emptyDatabase();
    const directory = directoryWith({
      '0001_good.sql': 'CREATE TABLE good (id int)',
      '0002_bad.sql': 'CREATE TABLE bad (id int); SELECT * FROM nowhere',
    });

    await expect(migrate(url, { directory })).rejects.toMatchObject({
      code: 'invalid_configuration',
      message: 'migrations/0002_bad.sql failed and was rolled back: relation "nowhere" does not exist.',
    });

    const tables = await queryOnce(
      url,
      "SELECT to_regclass('good') IS NOT NULL AS good, to_regclass('bad') IS NOT NULL AS bad",
    );
    expect(tables).toEqual([{ good: true, bad: false }]);
  });

  test('one that waits for a table in use lets readers pass repeatedly, and is applied finally', async () => {
    const url = await emptyDatabase();
    const first = { '0001_table.sql': 'CREATE TABLE busy (id int)' };
    await migrate(url, { directory: directoryWith(first) });
    const longTransaction = new pg.Client({ connectionString: url });
    await longTransaction.connect();
    await longTransaction.query('BEGIN; SELECT FROM busy');

    const migrating = migrate(url, {
      directory: directoryWith({ ...first, '0002_column.sql': 'ALTER TABLE busy ADD COLUMN more int' }),
    });
    await until('the migration waits for the table', async () => {
      const waiting = await queryOnce(
        url,
        "SELECT FROM pg_locks WHERE NOT granted AND locktype = 'relation'",
      );
      return waiting.length > 0;
    });
    const read = await queryOnce(url, 'SELECT count(*)::int FROM busy');
    await longTransaction.query('COMMIT');
    await longTransaction.end();

    expect(read).toEqual([{ count: 0 }]);
    expect(await migrating).toEqual({ applied: ['0002_column.sql'], version: '0002_column.sql' });
  });

  test.each([
    ['in the middle of a file', 'SELECT pg_sleep(60)'],
    [
      'at the commit of a file',
      `CREATE TABLE slow (id int);
       CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NULL; END';
       CREATE CONSTRAINT TRIGGER waits AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait();
       INSERT INTO slow VALUES (1)`,
    ],
  ])(
    'a connection that is lost %s is reported as the cause: the next call finds out whether the file was applied',
    async (_when, sql) => {
      const url = await emptyDatabase();

      const migrating = migrate(url, { directory: directoryWith({ '0001_slow.sql': sql }) });
      const outcome = migrating.catch((error: unknown) => error);
      await until('it is under way', async () => {
        const ended = await queryOnce(
          url,
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'",
        );
        return ended.length > 0;
      });

      expect(await outcome).toMatchObject({
        code: 'database_unavailable',
        retryable: true,
        message: expect.stringMatching(/0001_slow\.sql .* completely or not at all/),
      });
      expect(await migrate(url, { directory: directoryWith({ '0001_slow.sql': 'SELECT 1' }) })).toMatchObject(
        {
          applied: ['0001_slow.sql'],
        },
      );
    },
  );
});
