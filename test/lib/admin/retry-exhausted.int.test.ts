import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { redriveDeadLetters } from '../../../lib/admin/redrive-dead-letters.ts';
import { awaitWebhook } from '../../../lib/fulfilment/await-webhook.ts';
import type { KafkaRecord } from '../../../lib/orders/command.ts';
import { processBatch } from '../../../lib/orders/process-batch.ts';
import { loadOutbox } from '../../../lib/store/load-outbox.ts';
import { orderBatches } from '../../../lib/store/order-batches.ts';
import { insertDeadLetters } from '../../../lib/store/sql/insert-dead-letters.ts';
import { recordOf } from '../../../lib/store/sql/record-columns.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { keepExhausted } from '../../support/dead-letters.ts';
import { aRecord } from '../../support/records.ts';

const now = Date.parse('2026-11-01T12:00:00Z');
let db: TestDatabase;

beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(async () => {
  await db[Symbol.asyncDispose]();
});

/** What redriving the letter sends, as it is delivered. */
async function redrive(id: string): Promise<KafkaRecord[]> {
  const { outboxIds } = await redriveDeadLetters(db.database, { ids: [id] }, 'cli:alice', () => now);
  const entries = await loadOutbox(db.database, outboxIds);
  return entries
    .flatMap(({ messages }) => messages)
    .map(({ key, value, ...message }, offset) =>
      aRecord({
        offset: 1_000 + offset,
        key: Buffer.from(key ?? ''),
        value: Buffer.isBuffer(value) ? value : null,
        headers:
          'headers' in message
            ? Object.entries(message.headers).map(([name, text]) => [name, Buffer.from(`${text}`)] as const)
            : [],
      }),
    );
}

const process = (records: readonly KafkaRecord[]) =>
  processBatch(
    records,
    orderBatches(db.database, () => now),
    awaitWebhook,
  );

async function orderNow(): Promise<unknown> {
  const { rows } = await db.database.query(
    'SELECT status, version, next_attempt_at, retried_after FROM orders JOIN fulfilment_attempts USING (order_id)',
  );
  return rows[0];
}

/** The receiver does not answer this time either. */
async function giveUp(id: string, version: number): Promise<void> {
  const { rows } = await db.database.query<Parameters<typeof recordOf>[0]>(
    'SELECT * FROM dead_letters WHERE id = $1',
    [id],
  );
  await db.database.query(`UPDATE orders SET status = 'FAILED', version = $1`, [version]);
  await db.database.query('UPDATE fulfilment_attempts SET next_attempt_at = NULL');
  await insertDeadLetters(
    db.database,
    rows.map((row) => ({ code: 'attempts_exhausted', message: 'again', record: recordOf(row) })),
    now,
  );
}

test('redriving a letter with exhausted attempts tries its order again, once, and after the next failure once more', async () => {
  const id = await keepExhausted(db.database, 'order-1', 2);
  const first = await redrive(id);

  await process(first);
  const tried = await orderNow();
  await process(first);
  const twice = await orderNow();
  await giveUp(id, 4);
  await process(await redrive(id));

  expect(tried).toEqual({
    status: 'PROCESSING',
    version: 3,
    next_attempt_at: new Date(now),
    retried_after: 10,
  });
  expect(twice).toEqual(tried);
  expect(await orderNow()).toMatchObject({ status: 'PROCESSING', version: 5 });
  const { rows } = await db.database.query('SELECT id, state, refusals FROM dead_letters');
  expect(rows).toEqual([{ id, state: 'redriven', refusals: 2 }]);
});
