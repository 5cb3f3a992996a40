import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freshDatabase, queryOnce, type TestDatabase } from '../../support/database.ts';
import { until } from '../../support/until.ts';

let db: TestDatabase;

beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(async () => {
  await db[Symbol.asyncDispose]();
});

/** Returns how many other statements run in this database. */
async function running(): Promise<number> {
  const [row] = await queryOnce(
    db.url,
    `SELECT count(*)::int FROM pg_stat_activity
     WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()`,
  );
  return Number(row?.count);
}

test('queries that time out end in the server too, so that they never use up its connections', async () => {
  const given = Array.from({ length: 20 }, () => db.database.within(300).query('SELECT pg_sleep(60)'));

  const outcomes = await Promise.allSettled(given);

  expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['rejected']));
  await until('none runs', async () => (await running()) === 0);
});

test('a connection that became read-only, as after a failover, counts as unavailable and is discarded', async () => {
  const makeReadOnly = db.database.transaction(async (transaction) => {
    await transaction.query('SET TRANSACTION READ ONLY');
    await transaction.query("INSERT INTO migrations (name, checksum) VALUES ('x', 'x')");
  });

  await expect(makeReadOnly).rejects.toMatchObject({ code: 'database_unavailable' });
});

test('a process that is frozen during a transaction does not keep its locks', async () => {
  await using own = await freshDatabase();
  const [limit] = await queryOnce(own.url, 'SHOW idle_in_transaction_session_timeout');
  const name = new URL(own.url).pathname.slice(1);
  await queryOnce(
    own.url,
    `ALTER ROLE CURRENT_USER IN DATABASE ${name} SET idle_in_transaction_session_timeout = '1s'`,
  );
  await own.database.query('CREATE TABLE work (id integer PRIMARY KEY)');
  const frozenForMs = 5_000;

  const locked = Promise.withResolvers<void>();
  const frozen = own.database.transaction(async (transaction) => {
    await transaction.query('INSERT INTO work VALUES (1)');
    locked.resolve();
    await delay(frozenForMs);
    await transaction.query('INSERT INTO work VALUES (2)');
  });
  frozen.catch(() => undefined);
  await locked.promise;
  const startedAt = Date.now();
  await own.database.transaction((transaction) => transaction.query('INSERT INTO work VALUES (1)'), 30_000);
  const waitedMs = Date.now() - startedAt;

  expect(limit).toEqual({ idle_in_transaction_session_timeout: '15s' });
  expect(waitedMs).toBeLessThan(frozenForMs);
  await expect(frozen).rejects.toMatchObject({ code: 'database_unavailable' });
});
