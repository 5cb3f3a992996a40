import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { queryOnce } from '../../../test/support/database.ts';
import { type SharedStart, sharedStart } from '../../../test/support/npm-start.ts';

let orderly: SharedStart;

beforeAll(async () => {
  orderly = await sharedStart();
});

/** Uses node:http, because fetch joins repeated headers and sets Host itself. */
async function send(url: string, headers: Record<string, string | string[]>, body?: string) {
  const method = body === undefined ? 'GET' : 'POST';
  const answer = await new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    request(url, { method, headers }, async (response) => {
      resolve({ status: response.statusCode, text: await text(response) });
    })
      .on('error', reject)
      .end(body);
  });
  return { status: answer.status, body: JSON.parse(answer.text) };
}

const CUSTOMER = 'of-a-foreign-page';
const order = JSON.stringify({ customer_id: CUSTOMER, product_id: 'p-1', quantity: 1, price: 1 });
const json = { 'content-type': 'application/json' };

describe('the port for invocations', () => {
  const invoke = (name: string, headers: Record<string, string>, event: object) =>
    send(
      `http://127.0.0.1:${orderly.environment.LAMBDA_PORT}/2015-03-31/functions/orderly-local-${name}/invocations`,
      headers,
      JSON.stringify(event),
    );
  const listing = { headers: {}, requestContext: { http: { method: 'GET', path: '/api/orders' } } };

  test('lets a program on this machine invoke a function', async () => {
    expect(await invoke('listOrders', json, listing)).toMatchObject({
      status: 200,
      body: { statusCode: 200 },
    });
  });

  test.each([
    { host: 'evil.example' },
    { host: 'evil.example:3002', ...json },
    { origin: 'https://evil.example', 'content-type': 'text/plain' },
    { origin: 'null', 'content-type': 'text/plain' },
  ])('rejects a request with %j', async (headers) => {
    expect(await invoke('listOrders', headers, listing)).toMatchObject({
      status: 403,
      body: { code: 'forbidden' },
    });
    const creating = {
      headers: json,
      requestContext: { http: { method: 'POST', path: '/api/orders' } },
      body: order,
    };
    expect((await invoke('createOrder', headers, creating)).status).toBe(403);
  });

  test('runs no function for a rejected request: of the same customer only a later order is stored', async () => {
    const { body } = await send(`${orderly.apiUrl}/api/orders`, json, order);
    await send(`${orderly.apiUrl}/api/orders/${body.order_id}?wait=20`, {});

    expect(
      await queryOnce(orderly.databaseUrl, `SELECT order_id FROM orders WHERE customer_id = '${CUSTOMER}'`),
    ).toEqual([{ order_id: body.order_id }]);
  });
});

describe('the port of the API', () => {
  test.each([
    ['Idempotency-Key', { ...json, 'idempotency-key': ['K', 'K'] }, 400],
    ['Content-Type', { 'content-type': ['application/json', 'application/json'] }, 415],
    ['Content-Type', { 'content-type': ['application/json', 'text/plain'] }, 415],
  ])(
    'passes on a repeated %s as API Gateway does, so the API rejects it: %j',
    async (_name, headers, status) => {
      expect(await send(`${orderly.apiUrl}/api/orders`, headers, order)).toMatchObject({ status });
    },
  );

  test('rejects a repeated parameter, and accepts repeated list headers', async () => {
    const twice = await send(`${orderly.apiUrl}/api/orders?limit=1&limit=1`, {});
    const lists = await send(`${orderly.apiUrl}/api/orders`, {
      accept: ['text/html', '*/*'],
      cookie: ['a=1', 'b=2'],
    });

    expect(twice).toMatchObject({ status: 400, body: { errors: [{ path: 'limit' }] } });
    expect(lists.status).toBe(200);
  });

  test.each(['bytes=0-0', 'bytes=-1', 'bytes=99999-'])(
    'ignores the header Range: %s, as API Gateway does',
    async (range) => {
      expect(await send(`${orderly.apiUrl}/`, { range })).toMatchObject({
        status: 200,
        body: { name: 'Orderly' },
      });
    },
  );

  test('responds with 413 to a body that is too large for its route, also above the payload limit of Lambda', async () => {
    for (const path of ['/api/orders', '/api/orders/o-1/cancel', '/nowhere']) {
      expect(await send(`${orderly.apiUrl}${path}`, json, 'x'.repeat(3_000_000))).toMatchObject({
        status: 413,
        body: { code: 'payload_too_large' },
      });
    }
  });
});
