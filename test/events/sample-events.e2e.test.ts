import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import * as z from 'zod';
import { recordsOf } from '../../lib/kafka/event-records.ts';
import { migrate } from '../../lib/postgres/migrate.ts';
import { queryOnce } from '../support/database.ts';
import { httpEventFile, kafkaEventFile, kafkaEventNames, scheduledEventFile } from '../support/events.ts';
import { type ChildAnswer, type HandlerProcess, startHandlerProcess } from '../support/handler-process.ts';
import { readTopic } from '../support/kafka.ts';
import { type SharedStart, sharedStart } from '../support/npm-start.ts';
import { until } from '../support/until.ts';
import { documentedEvents, documentedRecords } from './documented-events.ts';

/** The sample events have the effects of events/README.md. invoke-local.slow.test.ts runs its command lines. */

const DATABASE = 'sample_events';

const { functions } = z
  .object({ functions: z.record(z.string(), z.object({ handler: z.string() })) })
  .parse(parse(readFileSync('serverless.yml', 'utf8')));

let orderly: SharedStart;
/** Handlers for requests, on the servers of `npm start`, which processes the produced records. */
let requests: HandlerProcess;
/** Handlers for batches and schedules, with a separate database, in which their partitions and offsets are unused. */
let batches: HandlerProcess;
let ownDatabaseUrl: string;

beforeAll(async () => {
  orderly = await sharedStart();
  await queryOnce(orderly.databaseUrl, `CREATE DATABASE ${DATABASE}`);
  const url = new URL(orderly.databaseUrl);
  url.pathname = `/${DATABASE}`;
  ownDatabaseUrl = url.toString();
  await migrate(ownDatabaseUrl);
  const [ofStart, own] = [orderly.databaseUrl, ownDatabaseUrl].map((DATABASE_URL) =>
    startHandlerProcess({ KAFKA_BROKERS: orderly.kafkaBrokers, DATABASE_URL }),
  );
  if (!ofStart || !own) {
    throw new Error('There is no process for the handlers.');
  }
  requests = ofStart;
  batches = own;
  for (const name of kafkaEventNames) {
    await invoke(batches, functionOf(name), kafkaEventFile(name));
  }
});
afterAll(() => {
  requests?.[Symbol.dispose]();
  batches?.[Symbol.dispose]();
});

const functionOf = (name: string): string =>
  documentedEvents.find(({ file }) => file === name)?.functionName ?? `${name} is not documented`;

function invoke(handlers: HandlerProcess, functionName: string, event: unknown): Promise<ChildAnswer> {
  const handler = functions[functionName]?.handler ?? '';
  return handlers.invoke(handler.replace(/\.handler$/, '.ts'), event);
}

const answerSchema = z.object({
  statusCode: z.number(),
  headers: z.record(z.string(), z.unknown()).default({}),
  body: z.string().transform((text): Record<string, unknown> => JSON.parse(text)),
});

async function answerTo(name: string, handlers = requests): Promise<z.infer<typeof answerSchema>> {
  const { answer } = await invoke(handlers, functionOf(name), httpEventFile(name));
  return answerSchema.parse(answer);
}

const rows = (sql: string) => queryOnce(orderly.databaseUrl, sql);
const ownRows = (sql: string) => queryOnce(ownDatabaseUrl, sql);

/** Records of these requests on the topic `orders`, without those that invoke-local.e2e.test.ts produces too. */
async function produced() {
  const records = await readTopic('orders', [orderly.kafkaBrokers]);
  return records.filter(({ value }) => value?.includes('sample-') && !value.includes('sample-bulk-'));
}

/** Waits until the query returns so many rows, and returns them. */
async function pollRows(count: number, sql: string): Promise<Record<string, unknown>[]> {
  await until(sql, async () => (await rows(sql)).length >= count);
  return rows(sql);
}

describe('the request', () => {
  test('create-order produces the order, which npm start then stores', async () => {
    const answer = await answerTo('create-order');

    expect(answer).toMatchObject({
      statusCode: 202,
      body: { order_id: 'sample-1', status: 'PENDING', total_amount: 59.97 },
    });
    const records = (await produced()).filter(({ key }) => key === 'sample-1');
    expect(records.map(({ value }) => JSON.parse(value ?? ''))).toMatchObject([
      { order_id: 'sample-1', quantity: 3, price: 19.99, status: 'PENDING' },
    ]);
    const sql = "SELECT status, total_cents FROM orders WHERE order_id = 'sample-1'";
    expect(await pollRows(1, sql)).toEqual([{ status: 'COMPLETED', total_cents: '5997' }]);
  });

  test('create-order-invalid gets five errors, and produces nothing', async () => {
    const before = (await produced()).length;

    const answer = await answerTo('create-order-invalid');

    expect(answer.statusCode).toBe(400);
    expect(answer.body.errors).toHaveLength(5);
    expect(await produced()).toHaveLength(before);
  });

  test('create-order-idempotent creates one order, with any number of calls', async () => {
    const first = await answerTo('create-order-idempotent');
    const second = await answerTo('create-order-idempotent');

    expect([first.statusCode, second.statusCode]).toEqual([202, 202]);
    expect(second.body).toEqual(first.body);
    expect(first.headers).not.toHaveProperty('idempotency-replayed');
    expect(second.headers).toMatchObject({ 'idempotency-replayed': 'true' });
    const records = await readTopic('orders', [orderly.kafkaBrokers]);
    expect(records.filter(({ key }) => key === first.body.order_id)).toHaveLength(1);
  });

  test('create-order-key-twice gets an error with the valid header, and produces nothing', async () => {
    const before = (await produced()).length;

    const answer = await answerTo('create-order-key-twice');

    expect(answer.statusCode).toBe(400);
    expect(answer.body.errors).toEqual([
      { path: 'Idempotency-Key', message: 'must be sent once and contain no comma' },
    ]);
    expect(await produced()).toHaveLength(before);
  });

  test('create-orders-bulk produces its three orders', async () => {
    const answer = await answerTo('create-orders-bulk');

    expect(answer).toMatchObject({ statusCode: 202, body: { accepted: 3, failed: 0 } });
    const stored = await pollRows(
      3,
      "SELECT order_id, status FROM orders WHERE order_id LIKE 'sample-bulk-%' ORDER BY 1",
    );
    expect(stored).toEqual(
      ['sample-bulk-1', 'sample-bulk-2', 'sample-bulk-3'].map((id) => ({
        order_id: id,
        status: 'COMPLETED',
      })),
    );
  });

  test('get-order reads what create-order created', async () => {
    expect(await answerTo('get-order')).toMatchObject({
      statusCode: 200,
      body: { order_id: 'sample-1', status: 'COMPLETED', total_amount: 59.97 },
    });
  });

  test('cancel-order produces a cancel, which comes too late, as order-history shows', async () => {
    const cancelled = await answerTo('cancel-order');
    await pollRows(2, "SELECT 1 FROM order_status_history WHERE order_id = 'sample-1'");
    const history = await answerTo('order-history');

    expect(cancelled.statusCode).toBe(202);
    const cancels = (await produced()).filter(({ headers }) => headers['event-type'] !== undefined);
    expect(cancels).toMatchObject([
      {
        key: 'sample-1',
        headers: { 'event-type': 'order.cancel_requested' },
        value: '{"order_id":"sample-1"}',
      },
    ]);
    expect(history.statusCode).toBe(200);
    expect(history.body.history).toMatchObject([
      { event_type: 'order.created', version: 1, status: 'COMPLETED' },
      { event_type: 'order.cancel_requested', version: null, status: 'COMPLETED' },
    ]);
  });

  test('list-orders lists the five newest orders of the sample customer', async () => {
    const answer = await answerTo('list-orders', batches); // its database has more orders

    const newest = await ownRows(
      "SELECT order_id FROM orders WHERE customer_id = 'sample-customer-1' ORDER BY created_at DESC, order_id DESC LIMIT 5",
    );
    expect(newest).toHaveLength(5);
    expect(answer).toMatchObject({
      statusCode: 200,
      body: { orders: newest, next_cursor: expect.any(String) },
    });
  });

  test('reference gets the page', async () => {
    const { answer } = await invoke(requests, functionOf('reference'), httpEventFile('reference'));

    expect(answer).toMatchObject({
      statusCode: 200,
      headers: { 'content-type': 'text/html; charset=utf-8' },
      isBase64Encoded: true,
    });
  });

  test.each([
    ['welcome', 200, { name: 'Orderly' }],
    ['health', 200, { status: 'healthy' }],
    ['contracts', 200, { openapi: '3.1.1' }],
    ['not-found', 404, { code: 'route_not_found' }],
  ])('%s answers %i', async (name, statusCode, body) => {
    expect(await answerTo(name)).toMatchObject({ statusCode, body });
  });
});

describe('the batch', () => {
  test.each(kafkaEventNames)('%s results in the orders and dead letters of the table', async (name) => {
    const records = documentedRecords.filter(({ file }) => file === name);
    const orderIds = recordsOf(kafkaEventFile(name)).map(
      ({ key, value }) => key ?? JSON.parse(`${value}`).order_id,
    );

    const found = await Promise.all(
      records.map(async ({ place, afterwards }, index) => {
        const [partition, offset] = place.split('/');
        const [row] = afterwards.order
          ? await ownRows(`SELECT status AS "order" FROM orders WHERE order_id = '${orderIds[index]}'`)
          : await ownRows(
              `SELECT code AS "deadLetter" FROM dead_letters WHERE partition = ${partition} AND "offset" = ${offset}`,
            );
        return { place, ...row };
      }),
    );

    expect(found).toEqual(records.map(({ place, afterwards }) => ({ place, ...afterwards })));
    expect(batches.output()).toContain('process-orders committed');
  });

  test('orders-batch, which has an order twice, stores it once', async () => {
    const history = await ownRows(
      "SELECT order_id FROM order_status_history WHERE order_id LIKE 'sample-batch-%' ORDER BY 1",
    );

    expect(history.map(({ order_id }) => order_id)).toEqual([
      'sample-batch-1',
      'sample-batch-4',
      'sample-batch-7',
    ]);
  });
});

describe('on a schedule', () => {
  const scheduled = (functionName: string): Promise<ChildAnswer> =>
    invoke(batches, functionName, scheduledEventFile('scheduled'));
  const published = async (orderId: string): Promise<number> =>
    (await readTopic('orders.status', [orderly.kafkaBrokers])).filter(({ key }) => key === orderId).length;

  test('relay-outbox publishes the remaining outbox rows', async () => {
    const before = await published('sample-batch-1');
    await ownRows(
      `INSERT INTO outbox (created_at, kind, order_ids, versions)
       VALUES (now() - interval '1 minute', 'order_status', '{sample-batch-1}', '{1}')`,
    );

    const { threw } = await scheduled('relayOutbox');

    expect(threw).toBeUndefined();
    expect(await ownRows('SELECT FROM outbox')).toEqual([]);
    expect(await published('sample-batch-1')).toBe(before + 1);
  });

  test('prune deletes expired rows', async () => {
    await ownRows(`INSERT INTO idempotency_keys (principal, key, fingerprint, commands, created_at)
                   VALUES ('', 'expired', '', '[]', now() - interval '25 hours')`);

    const { threw } = await scheduled('prune');

    expect(threw).toBeUndefined();
    expect(batches.output()).toContain('prune deleted');
    expect(await ownRows("SELECT FROM idempotency_keys WHERE key = 'expired'")).toEqual([]);
  });
});
