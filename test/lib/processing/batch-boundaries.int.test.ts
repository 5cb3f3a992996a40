import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { KafkaRecord } from '../../../lib/orders/command.ts';
import { awaitWebhook, decideByRules } from '../../../lib/orders/fulfilment-rules.ts';
import { orderBatches } from '../../../lib/processing/order-batches.ts';
import { processBatch } from '../../../lib/processing/process-batch.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { deliver, deliveries, recordPlans, recordsOfRun } from '../../support/order-records.ts';

const now = Date.parse('2026-11-01T12:00:00Z');
let db: TestDatabase;

beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(async () => {
  await db[Symbol.asyncDispose]();
});

const statements = [
  'SELECT right(order_id, 1) AS nr, status, version, quantity FROM orders WHERE order_id LIKE $1 ORDER BY 1',
  `SELECT right(order_id, 1) AS nr, event_type, version, status, status_reason FROM order_status_history
   WHERE order_id LIKE $1 ORDER BY nr, version, event_type, status_reason`,
  'SELECT "offset", code, state, refusals FROM dead_letters WHERE topic LIKE $1 ORDER BY "offset"',
  'SELECT right(order_id, 1) AS nr, actor FROM audit_log WHERE order_id LIKE $1 ORDER BY 1, 2',
  'SELECT right(order_id, 1) AS nr, "offset" FROM fulfilment_attempts WHERE order_id LIKE $1 ORDER BY 1',
];

/** Returns every table after the batches, without the name of the run. */
async function leftBy(
  run: string,
  batches: readonly (readonly KafkaRecord[])[],
  isWebhook: boolean,
): Promise<unknown> {
  const writer = orderBatches(db.database, () => now);
  for (const batch of batches) {
    await processBatch(batch, writer, isWebhook ? awaitWebhook : decideByRules);
  }
  return Promise.all(
    statements.map(async (statement) => (await db.database.query(statement, [`${run}%`])).rows),
  );
}

test('no table depends on how records are split into batches and which batches are delivered again', async () => {
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(recordPlans, deliveries, fc.boolean(), async (plans, batches, isWebhook) => {
      runs += 1;
      const [whole, parts] = [`whole${runs}-`, `parts${runs}-`];

      expect(await leftBy(parts, deliver(recordsOfRun(parts, plans), batches), isWebhook)).toEqual(
        await leftBy(whole, [recordsOfRun(whole, plans)], isWebhook),
      );
    }),
    { numRuns: 100 },
  );
});
