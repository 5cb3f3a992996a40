import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decideByRules } from '../../../lib/orders/fulfilment-rules.ts';
import { selectEventIds, selectHistory } from '../../../lib/orders/sql/order-history.ts';
import { createDatabase, type Database } from '../../../lib/postgres/database.ts';
import { migrate } from '../../../lib/postgres/migrate.ts';
import { orderBatches } from '../../../lib/processing/order-batches.ts';
import { processBatch } from '../../../lib/processing/process-batch.ts';
import { type DatabaseBefore, databaseBefore } from '../../support/database-before.ts';
import { anOrderJson, aRecord } from '../../support/records.ts';

const at = '2026-11-01T12:00:00.000Z';
const role = `app_${randomUUID().replaceAll('-', '')}`;
const reader = role.replace('app', 'reader');

let before: DatabaseBefore;
/** The functions' role, as the previous release left it. */
let database: Database;

/** Stores and changes an order with the statements of the previous release. */
const earlier = {
  store: (orderId: string, eventId: string) =>
    database.query(
      `WITH inserted AS (
         INSERT INTO orders (order_id, customer_id, product_id, quantity, price_cents, total_cents,
                             status, status_reason, version, created_at, updated_at)
         SELECT * FROM unnest($1::text[], $2::text[], $2::text[], $3::int[], $3::bigint[], $3::bigint[],
                              $4::text[], $5::text[], $3::int[], $6::timestamptz[], $6::timestamptz[]) AS new (order_id)
         ORDER BY new.order_id COLLATE "C"
         ON CONFLICT (order_id) DO NOTHING
         RETURNING order_id, version
       )
       INSERT INTO order_status_history (order_id, event_id, event_type, version, status, status_reason, at)
       SELECT entry.* FROM unnest($1::text[], $7::uuid[], $8::text[], $3::int[], $4::text[], $5::text[], $6::timestamptz[])
         AS entry (order_id, event_id, event_type, version, status, status_reason, at)
       JOIN inserted USING (order_id)`,
      [[orderId], ['c'], [1], ['COMPLETED'], [null], [at], [eventId], ['order.created']],
    ),
  cancel: (orderId: string, eventId: string) =>
    database.query(
      `WITH written AS (
         INSERT INTO order_status_history (order_id, event_id, event_type, version, status, status_reason, at)
         SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[], $4::int[], $5::text[], $6::text[], $7::timestamptz[])
       )
       UPDATE orders SET status = changed.status, status_reason = changed.status_reason,
                         version = changed.version, updated_at = changed.updated_at
       FROM unnest($1::text[], $5::text[], $6::text[], $4::int[], $7::timestamptz[])
         AS changed (order_id, status, status_reason, version, updated_at)
       WHERE orders.order_id = changed.order_id`,
      [[orderId], [eventId], ['order.cancel_requested'], [2], ['CANCELLED'], ['cancelled'], [at]],
    ),
};

const historyOf = async (orderId: string) =>
  (await selectHistory(database, orderId, 10)).map(({ eventId, version, status }) => ({
    eventId,
    version,
    status,
  }));

const created = (eventId: string) => ({ eventId, version: 1, status: 'COMPLETED' });
const cancelled = (eventId: string) => ({ eventId, version: 2, status: 'CANCELLED' });

beforeAll(async () => {
  before = await databaseBefore('0010');
  for (const statement of [
    `CREATE ROLE ${role} LOGIN`,
    `CREATE ROLE ${reader}`,
    `GRANT SELECT ON order_status_history TO ${reader}`,
    `GRANT SELECT, INSERT, UPDATE ON orders, outbox TO ${role}`,
    `GRANT SELECT, INSERT ON order_status_history, audit_log, dead_letters TO ${role}`,
  ]) {
    await before.database.query(statement);
  }
  const url = new URL(before.url);
  url.username = role;
  database = createDatabase(url.toString());
  await earlier.store('before', stored.before);
  await migrate(before.url); // the privileges of the new release follow later
});
afterAll(async () => {
  await database.close();
  await before[Symbol.asyncDispose]();
});

const stored = { before: randomUUID(), beside: randomUUID(), now: randomUUID() };

test('orders that the previous release stores before and after the migration keep their history', async () => {
  const cancels = { before: randomUUID(), beside: randomUUID() };
  await earlier.store('beside', stored.beside);
  expect([await historyOf('before'), await historyOf('beside')]).toEqual([
    [created(stored.before)],
    [created(stored.beside)],
  ]);

  await earlier.cancel('before', cancels.before);
  await earlier.cancel('beside', cancels.beside);

  expect([await historyOf('before'), await historyOf('beside')]).toEqual([
    [created(stored.before), cancelled(cancels.before)],
    [created(stored.beside), cancelled(cancels.beside)],
  ]);
});

test('an order of this release has its history for the previous release, also when that changes it', async () => {
  const record = aRecord({
    value: anOrderJson({ order_id: 'now' }),
    headers: [['event-id', Buffer.from(stored.now)]],
  });
  const process = () =>
    processBatch(
      [record],
      orderBatches(database, () => Date.parse(at)),
      decideByRules,
    );
  const cancel = randomUUID();

  await process();
  expect(await historyOf('now')).toEqual([created(stored.now)]);
  await earlier.cancel('now', cancel);

  expect(await historyOf('now')).toEqual([created(stored.now), cancelled(cancel)]);
  expect(await process()).toMatchObject({ created: 0, updated: 0, deadLetters: [] });
  const command = { type: 'order.cancel_requested', orderId: 'now', record, customerId: null } as const;
  const known = await selectEventIds(database, [
    { ...command, eventId: stored.now },
    { ...command, eventId: cancel },
  ]);
  expect(known.get('now')).toEqual(new Set([stored.now, cancel]));
});

test('a role keeps the privileges that it had on the history, and gets no others', async () => {
  const privileges = async (name: string) => {
    const { rows } = await before.database.query<{ held: string[] }>(
      `SELECT array_agg(privilege) AS held FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS privilege
       WHERE has_table_privilege($1, 'order_status_history', privilege)`,
      [name],
    );
    return rows[0]?.held;
  };

  expect([await privileges(role), await privileges(reader)]).toEqual([['SELECT', 'INSERT'], ['SELECT']]);
});

test('no role but the owner can use the functions of the triggers in triggers of its own', async () => {
  const { rows } = await before.database.query(
    `SELECT proname FROM pg_proc WHERE proname LIKE '%history_entry' AND has_function_privilege($1, oid, 'EXECUTE')`,
    [role],
  );

  expect(rows).toEqual([]);
});
