import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { pollUntil } from '../../cli/poll-until.ts';
import { type ApiRequest, apiRequest, jsonType } from '../support/api-request.ts';
import { queryOnce } from '../support/database.ts';
import { type SharedStart, sharedStart } from '../support/npm-start.ts';

/** The fastest request takes less, although other tests run meanwhile. `npm run bench` has the figure of a quiet machine: below a second. */
const GENEROUS_MS = 5_000;
const BULK_REQUESTS = 5;

let orderly: SharedStart;

beforeAll(async () => {
  orderly = await sharedStart();
});

const request: ApiRequest = (...args) => apiRequest(orderly.apiUrl, ...args);
const rows = (sql: string) => queryOnce(orderly.databaseUrl, sql);
const valid = { customer_id: 'customer-1', product_id: 'product-1', quantity: 2, price: 19.99 };

async function count(sql: string): Promise<number> {
  const [row] = await rows(`SELECT count(*)::int AS count FROM ${sql}`);
  return Number(row?.count);
}

async function untilCount(sql: string, expected: number): Promise<number> {
  await pollUntil(async () => (await count(sql)) >= expected, { intervalMs: 50, timeoutMs: 90_000 });
  return count(sql);
}

describe('a bulk request', () => {
  const bulk = (prefix: string, orders: number) =>
    Array.from({ length: orders }, (_, index) => ({ ...valid, order_id: `${prefix}-${index}` }));

  test('of 1,000 orders is acknowledged within seconds, each order with a result, and all end COMPLETED', async () => {
    const ms: number[] = [];
    for (let attempt = 0; attempt < BULK_REQUESTS; attempt += 1) {
      const startedAt = performance.now();
      const answer = await request('POST', '/api/orders/bulk', bulk(`bulk${attempt}`, 1_000));
      ms.push(performance.now() - startedAt);

      expect(answer).toMatchObject({ status: 202, body: { accepted: 1_000, failed: 0 } });
      expect(answer.body.results).toEqual(
        Array.from({ length: 1_000 }, (_, index) => ({
          index,
          order_id: `bulk${attempt}-${index}`,
          status: 'PENDING',
          total_amount: 39.98,
          created_at: expect.any(String),
          links: { self: `/api/orders/bulk${attempt}-${index}` },
        })),
      );
    }

    const all = BULK_REQUESTS * 1_000;
    expect(await untilCount("orders WHERE order_id LIKE 'bulk%' AND status = 'COMPLETED'", all)).toBe(all);
    expect(Math.min(...ms)).toBeLessThan(GENEROUS_MS);
  });

  test('with errors is a 400 that lists each with the index of its order, and nothing is produced', async () => {
    const orders = [
      { ...valid, order_id: 'mixed-0' },
      { ...valid, quantity: 0, price: '1' },
      { ...valid, colour: 'red' },
      7,
    ];

    const { status, body } = await request('POST', '/api/orders/bulk', orders);
    await request('POST', '/api/orders', { ...valid, order_id: 'mixed-after' });
    await request('GET', '/api/orders/mixed-after?wait=20');

    expect(status).toBe(400);
    const paths = (body.errors as { path: string }[]).map(({ path }) => path);
    expect(paths).toEqual(['1.quantity', '1.price', '2.colour', '3']);
    expect(await count("orders WHERE order_id = 'mixed-0'")).toBe(0);
  });

  test.each([
    ['no order', [], ''],
    ['1,001 orders', bulk('many', 1_001), ''],
    ['a million numbers', `[${'1,'.repeat(999_999)}1]`, ''],
    ['one id twice', [...bulk('double', 2), { ...valid, order_id: 'double-0' }], '2.order_id'],
    ['an object', valid, ''],
  ])('with %s is a 400', async (_what, orders, path) => {
    expect(await request('POST', '/api/orders/bulk', orders)).toMatchObject({
      status: 400,
      body: { code: 'validation_failed', errors: [{ path }] },
    });
  });

  test('of more than 2 MiB is a 413', async () => {
    const { status } = await request('POST', '/api/orders/bulk', `[${' '.repeat(2_097_152)}]`);

    expect(status).toBe(413);
  });
});

describe('a cancel', () => {
  test('of an order that the rules complete is a 202, the order stays COMPLETED, and the history has the cancel', async () => {
    await request('POST', '/api/orders', { ...valid, order_id: 'late' });
    const cancel = await request('POST', '/api/orders/late/cancel', undefined, {});

    await untilCount("order_status_history WHERE order_id = 'late'", 2);
    const order = await request('GET', '/api/orders/late');
    const history = await request('GET', '/api/orders/late/history');

    expect(cancel).toMatchObject({
      status: 202,
      body: {
        order_id: 'late',
        event_id: expect.any(String),
        links: { self: '/api/orders/late', history: '/api/orders/late/history' },
      },
    });
    expect(order.body).toMatchObject({ status: 'COMPLETED', version: 1 });
    expect(history.body.history).toMatchObject([
      { event_type: 'order.created', version: 1, status: 'COMPLETED' },
      {
        event_type: 'order.cancel_requested',
        event_id: cancel.body.event_id,
        version: null,
        status: 'COMPLETED',
        status_reason: 'too late to cancel: the order is COMPLETED',
      },
    ]);
  });

  test('of an unknown order is accepted and becomes a dead letter, in the slash form of the path too', async () => {
    const cancel = await request('POST', '/api/orders/nobody-knows/cancel/', '{}');

    const letters = "dead_letters WHERE code = 'order_unknown' AND encode(key, 'escape') = 'nobody-knows'";
    expect(cancel.status).toBe(202);
    expect(await untilCount(letters, 1)).toBe(1);
  });

  test.each([
    ['a body', '/api/orders/o-1/cancel', { reason: 'no' }],
    ['an impossible id', '/api/orders/%20/cancel', undefined],
  ])('with %s is a 400', async (_what, path, body) => {
    expect((await request('POST', path, body)).status).toBe(400);
  });
});

describe('an Idempotency-Key', () => {
  const keyed = (key: string) => ({ ...jsonType, 'idempotency-key': key });

  test.each([
    ['an order', '/api/orders', valid],
    ['a bulk', '/api/orders/bulk', [valid, { ...valid, quantity: 3 }]],
    ['a cancel', '/api/orders/to-cancel/cancel', undefined],
  ])('gives %s the same answer again, marked as replayed', async (_what, path, body) => {
    const key = randomUUID();

    const first = await request('POST', path, body, keyed(key));
    const again = await request('POST', path, body, keyed(key));

    expect([first.status, again.status]).toEqual([202, 202]);
    expect(again.body).toEqual(first.body);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
  });

  test('accepts the same order in another spelling as equal, and answers another order with 422', async () => {
    const key = randomUUID();
    const { quantity, ...rest } = valid;

    const first = await request('POST', '/api/orders', valid, keyed(key));
    const spelt = await request(
      'POST',
      '/api/orders',
      JSON.stringify({ quantity, ...rest }, null, 4),
      keyed(key),
    );
    const other = await request('POST', '/api/orders', { ...valid, quantity: 9 }, keyed(key));

    expect(spelt).toMatchObject({ status: 202, body: first.body });
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
  });
});
