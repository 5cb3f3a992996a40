import { beforeAll, describe, expect, test } from '@jest/globals';
import { handler as cancelOrder } from '../../../functions/http/cancel-order.ts';
import { handler as createOrder } from '../../../functions/http/create-order.ts';
import { handler as createOrdersBulk } from '../../../functions/http/create-orders-bulk.ts';
import { handler as getOrder } from '../../../functions/http/get-order.ts';
import { handler as listOrders } from '../../../functions/http/list-orders.ts';
import { handler as notFound } from '../../../functions/http/not-found.ts';
import { handler as orderHistory } from '../../../functions/http/order-history.ts';
import { handler as welcome } from '../../../functions/http/welcome.ts';
import { bearerToken } from '../../../lib/auth/bearer-token.ts';
import type { HttpHandler } from '../../../lib/http/http-function.ts';
import { httpEvent, lambdaContext } from '../../support/http-event.ts';

/** Repeated header values and parameters, joined as API Gateway joins them. */

beforeAll(() => {
  process.env.STAGE = 'local';
  process.env.KAFKA_BROKERS = '127.0.0.1:1'; // an order that is accepted by mistake gets 503
  process.env.DATABASE_URL = 'postgresql://nobody@127.0.0.1:1/none';
});

const order = '{"customer_id":"c","product_id":"p","quantity":1,"price":1}';
const pathParameters = { order_id: 'o-1' };

const writes: [string, HttpHandler, string | undefined][] = [
  ['/api/orders', createOrder, order],
  ['/api/orders/bulk', createOrdersBulk, `[${order}]`],
  ['/api/orders/o-1/cancel', cancelOrder, undefined],
];

async function write(
  [path, handler, body]: (typeof writes)[number],
  headers: Record<string, string>,
): Promise<{ statusCode: number | undefined; body: unknown }> {
  const event = { ...httpEvent('POST', path, body, headers), pathParameters };
  const answer = await handler(event, lambdaContext);
  return { statusCode: answer.statusCode, body: JSON.parse(answer.body ?? '') };
}

const json = { 'content-type': 'application/json' };

describe.each(writes)('POST %s', (...route) => {
  test.each(['K,K', 'K,L', 'K,', ',K', ',', 'K, K', '"K","K"', 'K,K,K'])(
    'with the Idempotency-Key %s gets 400 with the reason',
    async (key) => {
      expect(await write(route, { ...json, 'idempotency-key': key })).toMatchObject({
        statusCode: 400,
        body: {
          code: 'validation_failed',
          errors: [{ path: 'Idempotency-Key', message: 'must be sent once and contain no comma' }],
        },
      });
    },
  );
});

describe.each(writes.slice(0, 2))('POST %s', (...route) => {
  test.each([
    { 'content-type': 'application/json,application/json' },
    { 'content-type': 'application/json; charset=utf-8,application/json; charset=utf-8' },
    { 'content-type': 'application/json;charset=utf-8,text/plain' },
    { 'content-type': 'text/plain,application/json' },
    { ...json, 'content-encoding': 'identity,gzip' },
  ])('with %j gets 415', async (headers) => {
    expect(await write(route, headers)).toMatchObject({
      statusCode: 415,
      body: { code: 'unsupported_media_type' },
    });
  });
});

test.each(['Bearer a,Bearer a', 'Bearer a,Bearer b', 'Bearer a,', ',Bearer a', 'Basic a,Bearer b'])(
  'the authorization header %s is rejected',
  (authorization) => {
    expect(() => bearerToken({ authorization })).toThrow(
      expect.objectContaining({ code: 'unauthenticated' }),
    );
  },
);

test.each([
  { 'x-request-id': 'a,a' },
  { accept: 'text/html,application/json' },
  { 'accept-language': 'de,en' },
  { traceparent: '00-a-b-01,00-a-b-01' },
  { 'user-agent': 'Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko)' },
  { date: 'Sun, 01 Nov 2026 10:00:00 GMT' },
  { 'if-modified-since': 'Sun, 01 Nov 2026 10:00:00 GMT' },
  { 'x-forwarded-for': '203.0.113.7, 198.51.100.1' },
])('an unused header may contain commas: %j', async (headers) => {
  expect(await welcome(httpEvent('GET', '/', undefined, headers), lambdaContext)).toMatchObject({
    statusCode: 200,
    headers: { 'x-request-id': 'invocation-1' },
  });
});

const reads: [string, HttpHandler, string, string][] = [
  ...['limit', 'cursor', 'status', 'customer_id', 'product_id', 'created_from', 'created_to', 'wiat'].map(
    (name): [string, HttpHandler, string, string] => ['/api/orders', listOrders, name, '1'],
  ),
  ['/api/orders/o-1', getOrder, 'wait', '1'],
  ['/api/orders/o-1/history', orderHistory, 'limit', '1'],
];

describe.each(reads)('GET %s', (path, handler, name, value) => {
  test.each([
    [`${name}=${value}&${name}=${value}`, `${value},${value}`],
    [`${name}=${value}&${name}=2`, `${value},2`],
    [`${name}=&${name}=${value}`, `,${value}`],
    [`%${name.charCodeAt(0).toString(16)}${name.slice(1)}=${value}&${name}=${value}`, `${value},${value}`],
  ])(`with a repeated ${name}, as %s, gets 400 that names it`, async (rawQueryString, joined) => {
    const query = { rawQueryString, queryStringParameters: { [name]: joined } };
    const event = { ...httpEvent('GET', path), ...query, pathParameters };

    for (const answer of [
      await handler(event, lambdaContext),
      await notFound({ ...httpEvent('GET', `${path}/`), ...query }, lambdaContext),
    ]) {
      expect(answer.statusCode).toBe(400);
      expect(JSON.parse(answer.body ?? '')).toMatchObject({
        code: 'validation_failed',
        errors: [{ path: name, message: 'must not be given twice' }],
      });
    }
  });
});
