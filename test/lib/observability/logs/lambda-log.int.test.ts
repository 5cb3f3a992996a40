import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import * as z from 'zod';
import { freshDatabase, queryOnce, type TestDatabase } from '../../../support/database.ts';
import { httpEvent } from '../../../support/http-event.ts';
import { invokeOnce } from '../../../support/invoke-once.ts';
import { testBrokers } from '../../../support/kafka.ts';
import { ensureOrdersTopic } from '../../../support/orders-topic.ts';
import { anOrderJson, aRecord, mskEvent } from '../../../support/records.ts';

let db: TestDatabase;

beforeAll(async () => {
  db = await freshDatabase();
  await ensureOrdersTopic();
});
afterAll(async () => {
  await db[Symbol.asyncDispose]();
});

const { NODE_OPTIONS } = z
  .object({ provider: z.object({ environment: z.object({ NODE_OPTIONS: z.string() }) }) })
  .parse(parse(readFileSync('serverless.yml', 'utf8'))).provider.environment;

/** Returns the log of one invocation on a stage other than `local`: every line must be JSON. */
async function logOf(handlerFile: string, event: unknown): Promise<Record<string, unknown>[]> {
  const { lines } = await invokeOnce(handlerFile, event, {
    STAGE: 'prod',
    AUTH: 'none',
    NODE_OPTIONS,
    KAFKA_BROKERS: testBrokers().join(','),
    DATABASE_URL: db.url,
  });
  return lines.map((line) => JSON.parse(line));
}

const secret = 'customer-who-must-not-be-logged';
const order = { customer_id: secret, product_id: 'p-1', quantity: 1, price: 1 };

describe('the log on Lambda', () => {
  test('has one JSON line for a request: request id, order id, position in Kafka, and nothing of the body', async () => {
    const orderId = `log-${randomUUID()}`;
    const body = JSON.stringify({ ...order, order_id: orderId });

    const lines = await logOf('functions/http/create-order.ts', httpEvent('POST', '/api/orders', body));

    expect(lines).toMatchObject([
      {
        level: 'INFO',
        service: 'orderly',
        message: 'POST /api/orders 202',
        request_id: 'request-1',
        order_id: orderId,
        offsets: expect.stringMatching(/^orders-\d:\d+-\d+$/),
        ms: expect.any(Number),
      },
    ]);
    expect(JSON.stringify(lines)).not.toContain(secret);
  });

  test('has one line for a bulk request, with the number of orders and the range in each partition', async () => {
    const body = JSON.stringify(Array.from({ length: 50 }, () => order));

    const lines = await logOf(
      'functions/http/create-orders-bulk.ts',
      httpEvent('POST', '/api/orders/bulk', body),
    );

    expect(lines).toMatchObject([
      { request_id: 'request-1', orders: 50, offsets: expect.stringMatching(/^(orders-\d:\d+-\d+ ?){2,6}$/) },
    ]);
    expect(JSON.stringify(lines)).not.toContain(secret);
  });

  test('has the order id of the path, and the status of a rejected request', async () => {
    const event = { ...httpEvent('GET', '/api/orders/nobody'), pathParameters: { order_id: 'nobody' } };

    const lines = await logOf('functions/http/get-order.ts', event);

    expect(lines).toMatchObject([
      { message: 'GET /api/orders/nobody 404', request_id: 'request-1', order_id: 'nobody' },
    ]);
  });

  test('has one line for a batch and one for each dead letter, with topic, partition and offsets', async () => {
    const value = anOrderJson({ order_id: `log-${randomUUID()}`, customer_id: secret });
    const records = [
      aRecord({ offset: 7, value }),
      aRecord({ offset: 8, value: Buffer.from(`{"customer_id":"${secret}"`) }),
      aRecord({ partition: 2, offset: 3, value: null }),
    ];

    const lines = await logOf('functions/kafka/process-orders.ts', mskEvent(records));

    expect(lines).toMatchObject([
      {
        level: 'INFO',
        message: 'process-orders committed',
        request_id: 'request-1',
        records: 3,
        offsets: 'orders-0:7-8 orders-2:3-3',
        created: 1,
        dead_letters: 2,
        ms: expect.any(Number),
      },
      { level: 'WARN', message: 'dead letter', code: 'not_json', topic: 'orders', partition: 0, offset: 8 },
      { level: 'WARN', message: 'dead letter', code: 'undecodable', partition: 2, offset: 3 },
    ]);
    expect(JSON.stringify(lines)).not.toContain(secret);
  });

  test('has the error of a rejected row, without the row that PostgreSQL quotes', async () => {
    await queryOnce(db.url, 'ALTER TABLE idempotency_keys ADD CONSTRAINT no_keys CHECK (false)');
    const key = `key-${randomUUID()}`;
    const event = httpEvent('POST', '/api/orders', JSON.stringify(order), {
      'content-type': 'application/json',
      'idempotency-key': key,
    });

    const lines = await logOf('functions/http/create-order.ts', event);

    expect(lines).toMatchObject([
      { level: 'INFO', message: 'POST /api/orders 202' },
      {
        level: 'ERROR',
        message: 'The Idempotency-Key could not be stored; the ids derive from it',
        error: { code: 'database_refused', cause: { code: '23514', constraint: 'no_keys' } },
      },
    ]);
    expect(JSON.stringify(lines)).not.toContain(secret);
    expect(JSON.stringify(lines)).not.toContain(key);
  });

  test('has the offsets and the error of a batch that fails, and the function throws', async () => {
    const { lines, answer } = await invokeOnce(
      'functions/kafka/process-orders.ts',
      mskEvent([aRecord({ offset: 9 })]),
      {
        STAGE: 'prod',
        AUTH: 'none',
        KAFKA_BROKERS: 'localhost:1',
        DATABASE_URL: 'postgresql://nobody:hunter2@127.0.0.1:1/none',
      },
    );

    expect(JSON.parse(answer)).toEqual({ threw: 'The database does not respond.' });
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'ERROR', request_id: 'request-1', offsets: 'orders-0:9-9', error: { name: 'OrderlyError' } },
    ]);
    expect(lines.join()).not.toContain('hunter2');
  });
});
