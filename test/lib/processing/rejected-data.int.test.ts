import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { KafkaRecord } from '../../../lib/orders/command.ts';
import { decideByRules } from '../../../lib/orders/fulfilment-rules.ts';
import { orderBatches } from '../../../lib/processing/order-batches.ts';
import { processBatch } from '../../../lib/processing/process-batch.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { anOrderJson, aRecord } from '../../support/records.ts';

let db: TestDatabase;

beforeAll(async () => {
  db = await freshDatabase();
  await db.database.query('ALTER TABLE orders ADD CONSTRAINT no_thirteen CHECK (quantity <> 13)');
});
afterAll(async () => {
  await db[Symbol.asyncDispose]();
});

const process = (records: readonly KafkaRecord[]) =>
  processBatch(
    records,
    orderBatches(db.database, () => 0),
    decideByRules,
  );

const anOrder = (topic: string, offset: number, quantity: number): KafkaRecord =>
  aRecord({ topic, offset, value: anOrderJson({ order_id: `${topic}-${offset}`, quantity }) });

async function left(topic: string): Promise<{ orders: unknown; history: unknown; letters: unknown }> {
  const { rows } = await db.database.query(
    `SELECT (SELECT count(*)::int FROM orders WHERE order_id LIKE $1 || '-%') AS orders,
            (SELECT count(*)::int FROM order_status_history WHERE order_id LIKE $1 || '-%') AS history,
            (SELECT json_agg(json_build_array("offset", code, message) ORDER BY "offset")
             FROM dead_letters WHERE topic = $1) AS letters`,
    [topic],
  );
  const [row] = rows;
  return { orders: row?.orders, history: row?.history, letters: row?.letters };
}

describe('an order that the database rejects', () => {
  test('becomes a dead letter with its reason; its neighbours are stored, and a redelivery changes nothing', async () => {
    const records = Array.from({ length: 100 }, (_, offset) =>
      anOrder('rejected', offset, offset === 42 ? 13 : 1),
    );
    const reason =
      'the database rejected it: new row for relation "orders" violates check constraint "no_thirteen"';

    const first = await process(records);
    const before = await left('rejected');
    await process(records);

    expect(first).toMatchObject({ records: 100, created: 99, deadLetters: [{ code: 'database_refused' }] });
    expect(before).toEqual({ orders: 99, history: 99, letters: [[42, 'database_refused', reason]] });
    expect(await left('rejected')).toEqual(before);
  });

  test('fails the batch if all of more than ten orders are rejected, and nothing is stored', async () => {
    const records = Array.from({ length: 11 }, (_, offset) => anOrder('all', offset, 13));

    await expect(process(records)).rejects.toMatchObject({ code: 'database_refused' });

    expect(await left('all')).toEqual({ orders: 0, history: 0, letters: null });
  });

  test('fails the batch, however small, if the cause is an error of the database itself', async () => {
    await db.database.query('ALTER TABLE orders RENAME COLUMN quantity TO amount');

    const failed = await process([anOrder('fault', 0, 1)]).catch((error: unknown) => error);
    await db.database.query('ALTER TABLE orders RENAME COLUMN amount TO quantity');

    expect(failed).toMatchObject({ code: 'internal_error', message: expect.stringContaining('quantity') });
    expect(await left('fault')).toEqual({ orders: 0, history: 0, letters: null });
  });
});
