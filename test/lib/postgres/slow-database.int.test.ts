import { expect, test } from '@jest/globals';
import { decideByRules } from '../../../lib/orders/fulfilment-rules.ts';
import { orderBatches } from '../../../lib/processing/order-batches.ts';
import { processBatch } from '../../../lib/processing/process-batch.ts';
import { retryingWriter } from '../../../lib/processing/retrying-writer.ts';
import { systemClock } from '../../../lib/time/clock.ts';
import { freshDatabase } from '../../support/database.ts';
import { anOrderJson, aRecord } from '../../support/records.ts';

const ORDERS = 200;
const TIME_MS = 3_000;

/** Returns ids whose order differs from that of the offsets. */
const orderId = (offset: number): string => `order-${(offset * 37) % ORDERS}`;

test('a batch that a slow database cannot store in one invocation is stored from its start, further with each delivery', async () => {
  await using db = await freshDatabase();
  await db.database.query(
    `CREATE FUNCTION hesitate() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.01); RETURN NULL; END'`,
  );
  await db.database.query(
    'CREATE TRIGGER slow AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION hesitate()',
  );
  const records = Array.from({ length: ORDERS }, (_, offset) =>
    aRecord({ offset, value: anOrderJson({ order_id: orderId(offset) }) }),
  );
  const deliver = async (): Promise<{ ms: number; error: unknown; stored: string[] }> => {
    const startedAt = systemClock();
    const writer = retryingWriter(orderBatches(db.database, systemClock), {
      clock: systemClock,
      deadline: startedAt + TIME_MS,
    });
    const error = await processBatch(records, writer, decideByRules).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    const { rows } = await db.database.query<{ order_id: string }>('SELECT order_id FROM orders');
    return { ms: systemClock() - startedAt, error, stored: rows.map(({ order_id }) => order_id) };
  };

  const first = await deliver();
  const deliveries = [first];
  while (deliveries.length < 10 && deliveries.at(-1)?.error !== undefined) {
    deliveries.push(await deliver());
  }

  expect(first.error).toMatchObject({ code: 'database_timeout' });
  expect(first.stored.length).toBeGreaterThan(0);
  expect(first.stored.length).toBeLessThan(ORDERS);
  expect(first.stored.toSorted()).toEqual(
    records
      .slice(0, first.stored.length)
      .map(({ offset }) => orderId(offset))
      .toSorted(),
  );
  for (const { ms } of deliveries) {
    expect(ms).toBeLessThan(2 * TIME_MS);
  }
  expect(deliveries.at(-1)).toMatchObject({ error: undefined });
  expect(deliveries.at(-1)?.stored).toHaveLength(ORDERS);
});
