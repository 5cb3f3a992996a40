import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { freshDatabase, type TestDatabase } from '../../../support/database.ts';
import { until } from '../../../support/until.ts';
import { type Hold, holdBatches, holdRelay, prepareRelayHold } from './holds.ts';

let db: TestDatabase;

beforeAll(async () => {
  db = await freshDatabase();
  await prepareRelayHold(db.url);
});
afterAll(async () => {
  await db[Symbol.asyncDispose]();
});

/** Opens a session of another program, which runs one statement that may block. */
async function session(
  statements: readonly string[],
): Promise<{ ended: Promise<void>; hasEnded(): boolean }> {
  const client = new pg.Client({ connectionString: db.url, application_name: 'orderly' });
  await client.connect();
  let hasEnded = false;
  const ended = (async () => {
    for (const statement of statements) {
      await client.query(statement);
    }
    await client.end();
    hasEnded = true;
  })();
  return { ended, hasEnded: () => hasEnded };
}

const batch = `
  WITH inserted AS (
    INSERT INTO orders (order_id, customer_id, product_id, quantity, price_cents, total_cents, status, version, created_at, updated_at)
    SELECT 'some', 'c', 'p', 1, 1, 1, 'COMPLETED', 1, now(), now() WHERE false RETURNING order_id
  ), written AS (
    INSERT INTO order_status_history (order_id, event_id, event_type, version, status, at)
    SELECT order_id, gen_random_uuid(), 'order.created', 1, 'COMPLETED', now() FROM inserted
  ) SELECT 1`;
const outcome = `
  WITH written AS (
    INSERT INTO order_status_history (order_id, event_id, event_type, version, status, at)
    SELECT 'some', gen_random_uuid(), 'order.fulfilled', 2, 'COMPLETED', now() WHERE false
  ) UPDATE orders SET version = 2 WHERE order_id = 'some'`;

test('a batch that starts after the first poll is caught, an outcome is blocked but not counted, and both continue when released', async () => {
  await using hold: Hold = await holdBatches(db.url);
  const held = await session([outcome]);
  const catching = hold.untilCaught(1);
  await until('a first poll', async () => {
    const { rows } = await db.database.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return rows.length > 0;
  });
  const late = await session([batch]);

  expect(await catching).toBe(1);
  expect([held.hasEnded(), late.hasEnded()]).toEqual([false, false]);
  await hold.release();
  await Promise.all([held.ended, late.ended]);
});

test('without a batch, the number of caught batches is 0', async () => {
  await using hold = await holdBatches(db.url);

  expect(await hold.untilCaught(1)).toBe(0);
});

test('among two sessions that delete from the outbox, only the one with its own lock counts as a relay', async () => {
  await using hold = await holdRelay(db.url);
  const publisher = await session(['DELETE FROM outbox WHERE false']);
  const relay = await session([
    'BEGIN',
    'SELECT pg_try_advisory_xact_lock(1)',
    'DELETE FROM outbox WHERE false',
    'COMMIT',
  ]);

  expect(await hold.untilCaught(1)).toBe(1);
  expect([publisher.hasEnded(), relay.hasEnded()]).toEqual([false, false]);
  await hold.release();
  await Promise.all([publisher.ended, relay.ended]);
});
