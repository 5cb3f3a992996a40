import { beforeAll, describe, expect, test } from '@jest/globals';
import { kafkajs } from '../../lib/kafka/kafkajs/patched-kafkajs.ts';
import { type ApiRequest, apiRequest, jsonType } from '../support/api-request.ts';
import { queryOnce } from '../support/database.ts';
import { readTopic } from '../support/kafka.ts';
import { type SharedStart, sharedStart } from '../support/npm-start.ts';
import { anOrderJson } from '../support/records.ts';
import { until } from '../support/until.ts';

let orderly: SharedStart;

beforeAll(async () => {
  orderly = await sharedStart();
});

const valid = { customer_id: 'customer-1', product_id: 'product-1', quantity: 2, price: 19.99 };
const request: ApiRequest = (...args) => apiRequest(orderly.apiUrl, ...args);

const rows = (sql: string) => queryOnce(orderly.databaseUrl, sql);

describe('an order', () => {
  test('is accepted with 202 and COMPLETED within seconds', async () => {
    const attempts: { ms: number; answers: unknown[] }[] = [];
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const startedAt = performance.now();
      const accepted = await request('POST', '/api/orders', valid);
      const read = await request('GET', `/api/orders/${accepted.body.order_id}?wait=20`);
      attempts.push({ ms: performance.now() - startedAt, answers: [accepted, read] });
    }

    for (const { answers } of attempts) {
      expect(answers).toMatchObject([
        { status: 202, body: { status: 'PENDING', total_amount: 39.98 } },
        { status: 200, body: { ...valid, status: 'COMPLETED', version: 1, total_amount: 39.98 } },
      ]);
    }
    // The fastest, because other tests run meanwhile. `npm run bench` has the figure of a quiet machine: below a second.
    expect(Math.min(...attempts.map(({ ms }) => ms))).toBeLessThan(10_000);
  });

  test('keeps the id, the time and the total that it was sent with', async () => {
    const order = {
      ...valid,
      order_id: 'my-order.1',
      created_at: '2026-10-31T23:30:00+02:00',
      total_amount: 39.98,
    };

    await request('POST', '/api/orders', order);
    const read = await request('GET', '/api/orders/my-order.1?wait=20');

    expect(read.body).toMatchObject({ ...order, created_at: '2026-10-31T21:30:00.000Z' });
  });

  test('is accepted in the slash form of the path too', async () => {
    const accepted = await request('POST', '/api/orders/', valid);
    const read = await request('GET', `/api/orders/${accepted.body.order_id}/?wait=20`);

    expect([accepted.status, read.status]).toEqual([202, 200]);
  });

  test('sent twice with one id is stored once, and another order with that id becomes a dead letter', async () => {
    await request('POST', '/api/orders', { ...valid, order_id: 'twice' });
    await request('POST', '/api/orders', { ...valid, order_id: 'twice' });
    await request('POST', '/api/orders', { ...valid, order_id: 'twice', quantity: 3 });

    const letters = await pollRows("SELECT code FROM dead_letters WHERE encode(key, 'escape') = 'twice'");
    expect(letters).toEqual([{ code: 'order_id_conflict' }]);
    expect(await rows("SELECT quantity, version FROM orders WHERE order_id = 'twice'")).toEqual([
      { quantity: 2, version: 1 },
    ]);
  });
});

/** Waits until the query returns rows, and returns them. */
async function pollRows(sql: string): Promise<Record<string, unknown>[]> {
  await until(sql, async () => (await rows(sql)).length > 0);
  return rows(sql);
}

test('an order of another producer is processed like our own, also with compression', async () => {
  const kafka = new kafkajs.Kafka({ brokers: [orderly.kafkaBrokers], logLevel: kafkajs.logLevel.NOTHING });
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();

  await producer.send({
    topic: 'orders',
    compression: kafkajs.CompressionTypes.ZSTD,
    messages: [{ key: 'compressed', value: anOrderJson({ order_id: 'compressed' }) }],
  });
  await producer.disconnect();

  expect(await request('GET', '/api/orders/compressed?wait=20')).toMatchObject({
    status: 200,
    body: { status: 'COMPLETED' },
  });
});

describe('bad input', () => {
  /** Each request contains it, so that a record of such a request would be found. */
  const MARK = 'of-bad-input';
  const marked = { ...valid, customer_id: MARK };
  const deep = `{"customer_id":"${MARK}","note":${'['.repeat(15_000)}${']'.repeat(15_000)}}`;

  test.each<[string, string, unknown, Record<string, string>, number, string, string[]]>([
    ['malformed JSON', '/api/orders', `{"customer_id":"${MARK}",`, jsonType, 400, 'malformed_json', []],
    ['NaN', '/api/orders', `{"customer_id":"${MARK}","price":NaN}`, jsonType, 400, 'malformed_json', []],
    ['an empty body', '/api/orders', '', jsonType, 400, 'malformed_json', []],
    [
      'a __proto__ key',
      '/api/orders',
      `{"customer_id":"${MARK}","__proto__":{"status":"COMPLETED"}}`,
      jsonType,
      400,
      'malformed_json',
      [],
    ],
    [
      'deep nesting',
      '/api/orders',
      deep,
      jsonType,
      400,
      'validation_failed',
      ['product_id', 'quantity', 'price', 'note'],
    ],
    ['an array', '/api/orders', [marked], jsonType, 400, 'validation_failed', ['']],
    [
      'wrong types',
      '/api/orders',
      { ...marked, quantity: '2', price: true },
      jsonType,
      400,
      'validation_failed',
      ['quantity', 'price'],
    ],
    [
      'unknown fields',
      '/api/orders',
      { ...marked, colour: 'red' },
      jsonType,
      400,
      'validation_failed',
      ['colour'],
    ],
    [
      'zero',
      '/api/orders',
      { ...marked, quantity: 0, price: 0 },
      jsonType,
      400,
      'validation_failed',
      ['quantity', 'price'],
    ],
    ['1e308', '/api/orders', { ...marked, price: 1e308 }, jsonType, 400, 'validation_failed', ['price']],
    [
      'a lone surrogate',
      '/api/orders',
      `{"customer_id":"\\ud800","product_id":"${MARK}","quantity":1,"price":1}`,
      jsonType,
      400,
      'validation_failed',
      ['customer_id'],
    ],
    [
      'a NUL',
      '/api/orders',
      { ...marked, product_id: 'a\u0000' },
      jsonType,
      400,
      'validation_failed',
      ['product_id'],
    ],
    [
      '65 characters',
      '/api/orders',
      { ...marked, product_id: MARK, customer_id: 'x'.repeat(65) },
      jsonType,
      400,
      'validation_failed',
      ['customer_id'],
    ],
    ['7 MB', '/api/orders', MARK.repeat(600_000), jsonType, 413, 'payload_too_large', []],
    [
      'a form',
      '/api/orders',
      `a=${MARK}`,
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      'unsupported_media_type',
      [],
    ],
    ['an unknown route', '/api/nothing', marked, jsonType, 404, 'route_not_found', []],
    ['an unknown method', '/api/health', marked, jsonType, 405, 'method_not_allowed', []],
  ])(
    '%s is a 4xx problem with a code and the path of each fault',
    async (_case, path, body, headers, status, code, paths) => {
      const answer = await request('POST', path, body, headers);

      expect(answer).toMatchObject({ status, body: { code, status } });
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(((answer.body.errors ?? []) as { path: string }[]).map((error) => error.path)).toEqual(paths);
    },
  );

  test('produces nothing: the topic has a valid order of the same customer, and no record of those requests', async () => {
    const { body } = await request('POST', '/api/orders', marked);

    const records = await readTopic('orders', [orderly.kafkaBrokers]);

    const ofBadInput = records.filter(({ value }) => value === '' || value?.includes(MARK));
    expect(ofBadInput.map(({ key }) => key)).toEqual([body.order_id]);
  });

  test('a wait above the maximum is rejected', async () => {
    expect(await request('GET', '/api/orders/o-1?wait=21')).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'wait' }] },
    });
  });
});
