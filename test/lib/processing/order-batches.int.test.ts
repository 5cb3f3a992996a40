import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { KafkaRecord } from '../../../lib/orders/command.ts';
import { decideByRules } from '../../../lib/orders/fulfilment-rules.ts';
import { orderBatches } from '../../../lib/processing/order-batches.ts';
import { decodeBatch, processBatch } from '../../../lib/processing/process-batch.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { anOrderJson, aRecord } from '../../support/records.ts';

const now = Date.parse('2026-11-01T12:00:00Z');
let db: TestDatabase;

beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(async () => {
  await db[Symbol.asyncDispose]();
});

const process = (records: readonly KafkaRecord[]) =>
  processBatch(
    records,
    orderBatches(db.database, () => now),
    decideByRules,
  );

/** Returns orders with ids `${prefix}-0` …, at increasing offsets of one partition. */
const orderRecords = (prefix: string, count: number): KafkaRecord[] =>
  Array.from({ length: count }, (_, offset) =>
    aRecord({
      topic: prefix,
      offset,
      value: anOrderJson({ order_id: `${prefix}-${offset}`, quantity: offset + 1, price: 19.99 }),
    }),
  );

async function rows(sql: string, ...values: unknown[]): Promise<Record<string, unknown>[]> {
  return (await db.database.query(sql, values)).rows;
}

/** Returns the stored state of all orders with a prefix: order, versions and number of history rows. */
const stored = (prefix: string) =>
  rows(
    `SELECT o.*, (SELECT count(*)::int FROM order_status_history h WHERE h.order_id = o.order_id) AS history
     FROM orders o WHERE order_id LIKE $1 || '-%' ORDER BY order_id`,
    prefix,
  );

/** Returns how many deadlocks PostgreSQL has resolved in this database; sessions report theirs on request. */
async function deadlocks(): Promise<number> {
  await Promise.all(
    Array.from({ length: 10 }, () => rows('SELECT pg_stat_force_next_flush(), pg_sleep(0.05)')),
  );
  const [row] = await rows('SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()');
  return Number(row?.deadlocks);
}

const letters = (topic: string) =>
  rows('SELECT * FROM dead_letters WHERE topic = $1 ORDER BY "offset"', topic);

describe('a batch in PostgreSQL', () => {
  test('new orders are stored with their fields as sent, COMPLETED, each with one history entry', async () => {
    const summary = await process(orderRecords('new', 3));

    expect(summary).toMatchObject({ records: 3, created: 3, deadLetters: [] });
    const [, second, third] = await stored('new');
    expect(second).toEqual({
      order_id: 'new-1',
      customer_id: 'customer-1',
      product_id: 'product-1',
      quantity: 2,
      price_cents: '1999',
      total_cents: '3998',
      status: 'COMPLETED',
      status_reason: null,
      version: 1,
      created_at: new Date('2026-11-01T10:00:00Z'),
      updated_at: new Date(now),
      created_by: expect.any(String),
      history: 1,
    });
    expect(third).toMatchObject({ order_id: 'new-2', total_cents: '5997', history: 1 });
  });

  test('the same batch delivered again changes nothing', async () => {
    const records = orderRecords('again', 20);
    await process(records);
    const before = await stored('again');

    const summary = await process(records);

    expect(summary).toMatchObject({ created: 0, deadLetters: [] });
    expect(await stored('again')).toEqual(before);
  });

  test('a batch that overlaps an earlier one adds only the new orders', async () => {
    const records = orderRecords('overlap', 10);
    await process(records.slice(0, 6));

    const summary = await process(records.slice(3));

    expect(summary.created).toBe(4);
    expect((await stored('overlap')).map(({ history }) => history)).toEqual(Array(10).fill(1));
  });

  test('different content under a stored id becomes one dead letter, and the stored order does not change', async () => {
    const first = aRecord({
      topic: 'conflict',
      offset: 0,
      value: anOrderJson({ order_id: 'conflict-0', quantity: 1 }),
    });
    const other = aRecord({
      topic: 'conflict',
      offset: 1,
      value: anOrderJson({ order_id: 'conflict-0', quantity: 2 }),
    });
    await process([first]);

    await process([other]);
    await process([other]);

    expect(await stored('conflict')).toMatchObject([{ quantity: 1, version: 1, history: 1 }]);
    expect(await letters('conflict')).toMatchObject([
      { code: 'order_id_conflict', offset: '1', value: other.value },
    ]);
  });

  test('a conflict inside one batch has the same result as in two batches', async () => {
    const first = aRecord({
      topic: 'inside',
      offset: 0,
      value: anOrderJson({ order_id: 'inside-0', quantity: 1 }),
    });
    const other = aRecord({
      topic: 'inside',
      offset: 1,
      value: anOrderJson({ order_id: 'inside-0', quantity: 2 }),
    });

    await process([first, other]);

    expect(await stored('inside')).toMatchObject([{ quantity: 1, version: 1, history: 1 }]);
    expect(await letters('inside')).toMatchObject([{ code: 'order_id_conflict', offset: '1' }]);
  });

  test('an invalid record is stored byte for byte, and the orders around it are stored', async () => {
    const poison = Buffer.from([0x00, 0xff, 0x7b, 0x00]);
    const records = [
      ...orderRecords('poison', 2),
      aRecord({
        topic: 'poison',
        offset: 2,
        key: Buffer.from([0]),
        value: poison,
        headers: [['h\u0000', Buffer.from([0xff])]],
      }),
      aRecord({ topic: 'poison', offset: 3, key: null, value: null }),
    ];

    await process(records);

    expect(await stored('poison')).toHaveLength(2);
    expect(await letters('poison')).toMatchObject([
      {
        code: 'undecodable',
        key: Buffer.from([0]),
        value: poison,
        headers: Buffer.from('[["h\\u0000","/w=="]]'),
      },
      { code: 'undecodable', key: null, value: null, headers: Buffer.from('[]') },
    ]);
  });

  test('concurrent batches with the same orders in opposite order never deadlock and store nothing twice', async () => {
    const writer = orderBatches(db.database, () => now);
    const { orders } = decodeBatch(orderRecords('race', 500));
    const write = (list: typeof orders) => writer.writeBatch(list, [], decideByRules);

    await Promise.all([orders, orders.toReversed(), orders, orders.toReversed()].map(write));

    const rowsOfOrders = await stored('race');
    expect(rowsOfOrders).toHaveLength(500);
    expect(new Set(rowsOfOrders.map(({ history }) => history))).toEqual(new Set([1]));
    expect(await deadlocks()).toBe(0);
  });

  test('a record with any 64-bit timestamp is stored or becomes a letter, and its neighbours are stored', async () => {
    const timestamps = [-(2 ** 63), -1e17, -7e13, -1, 0, 2 ** 63];
    const records = timestamps.flatMap((timestamp, index) => [
      aRecord({
        topic: 'times',
        offset: 2 * index,
        timestamp,
        value: anOrderJson({ order_id: `times-${index}`, created_at: undefined }),
      }),
      aRecord({ topic: 'times', offset: 2 * index + 1, timestamp, value: null }),
    ]);

    await process(records);

    expect(await stored('times')).toHaveLength(timestamps.length);
    expect(await letters('times')).toHaveLength(timestamps.length);
  });

  test('rules that fail on one order do not affect the others; with failing rules at redelivery, a stored order does not change', async () => {
    const records = orderRecords('rules', 12);
    const failOn =
      (quantities: number[]) =>
      ({ quantity }: { quantity: number }) => {
        if (quantities.includes(quantity)) {
          throw new Error('no such product');
        }
        return { status: 'COMPLETED' } as const;
      };
    const writer = orderBatches(db.database, () => now);

    await processBatch(records, writer, failOn([3]));
    await processBatch(records, writer, failOn([1, 3]));

    expect(await stored('rules')).toHaveLength(11);
    expect(await letters('rules')).toMatchObject([{ code: 'internal_error', offset: '2' }]);
  });

  test('rules that fail on every order of a larger batch fail the batch, which is then delivered again', async () => {
    const broken = () => {
      throw new Error('not configured');
    };

    await expect(
      processBatch(
        orderRecords('broken', 11),
        orderBatches(db.database, () => now),
        broken,
      ),
    ).rejects.toMatchObject({ code: 'internal_error', message: expect.stringContaining('not configured') });
    expect(await letters('broken')).toEqual([]);
  });

  test('a server that closes the connection during a batch is unavailable, nothing is stored, and the next batch succeeds', async () => {
    const records = orderRecords('cut', 5);
    const cutBefore = {
      writeBatch: () =>
        db.database.transaction(async (transaction) => {
          await transaction.query("INSERT INTO migrations (name, checksum) VALUES ('cut', 'cut')");
          await transaction.query('SELECT pg_terminate_backend(pg_backend_pid())');
          throw new Error('not reached');
        }),
    };

    await expect(processBatch(records, cutBefore, decideByRules)).rejects.toMatchObject({
      code: 'database_unavailable',
    });
    await process(records);

    expect(await rows("SELECT * FROM migrations WHERE name = 'cut'")).toEqual([]);
    expect(await stored('cut')).toHaveLength(5);
  });
});
