import { beforeAll, describe, expect, test } from '@jest/globals';
import { apiRequest, jsonType } from '../../support/api-request.ts';
import { type SharedStart, sharedStart } from '../../support/npm-start.ts';
import { operations, undocumented } from '../../support/openapi-document.ts';

/** What the document says about requests whose headers ask for another answer, over HTTP. */

let orderly: SharedStart;
let orderId: string;
let file: string;

const order = { customer_id: 'odd-requests', product_id: 'p', quantity: 1, price: 1 };

beforeAll(async () => {
  orderly = await sharedStart();
  const { body } = await apiRequest(orderly.apiUrl, 'POST', '/api/orders', order);
  orderId = String(body.order_id);
  await apiRequest(orderly.apiUrl, 'GET', `/api/orders/${orderId}?wait=20`);
  const page = await (await fetch(`${orderly.apiUrl}/docs`)).text();
  [, file = ''] = /"\/docs\/(start-[^"]+)"/.exec(page) ?? [];
});

interface Sent {
  readonly path?: string;
  readonly body?: unknown;
}

const requests: Readonly<Record<string, Sent>> = {
  'GET /': {},
  'GET /api/health': {},
  'GET /api/metrics': {},
  'GET /openapi.json': {},
  'GET /asyncapi.json': {},
  'GET /schemas/{name}': { path: '/schemas/order-record.json' },
  'GET /docs': {},
  'GET /docs/{file}': {},
  'POST /api/orders': { body: order },
  'POST /api/orders/bulk': { body: [order] },
  'GET /api/orders': { path: '/api/orders?customer_id=odd-requests' },
  'GET /api/orders/{order_id}': {},
  'GET /api/orders/{order_id}/history': {},
  'POST /api/orders/{order_id}/cancel': {},
};

async function answerTo(route: string, headers: Record<string, string>, sent: Sent = {}) {
  const [method = '', template = ''] = route.split(' ');
  const path = sent.path ?? template.replace('{order_id}', orderId).replace('{file}', file);
  const answer = await fetch(`${orderly.apiUrl}${path}`, {
    method,
    headers: { ...jsonType, ...headers },
    ...(sent.body !== undefined && { body: JSON.stringify(sent.body) }),
  });
  const isJson = answer.headers.get('content-type')?.includes('json');
  const body: unknown = await (isJson ? answer.json() : answer.text());
  return { status: answer.status, headers: Object.fromEntries(answer.headers), body };
}

const oddHeaders: [Record<string, string>][] = [
  [{}],
  [{ accept: 'text/html' }],
  [{ accept: 'application/xml;q=0.9, image/*' }],
  [{ accept: 'no media type' }],
  [{ range: 'bytes=0-3' }],
  [{ range: 'bytes=99999-' }],
  [{ 'if-match': '"none"' }],
  [{ 'if-none-match': '*' }],
  [{ 'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' }],
  [{ 'if-unmodified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' }],
  [{ 'if-range': '"none"', range: 'bytes=0-0' }],
  [{ 'accept-encoding': 'identity;q=0, *;q=0' }],
];

test('these requests are of every operation of the document', () => {
  expect(Object.keys(requests).sort()).toEqual([...operations.keys()].sort());
});

describe.each(Object.entries(requests))('%s', (route, sent) => {
  test.each(oddHeaders)('gives the documented answer to the headers %j', async (headers) => {
    const answer = await answerTo(route, headers, sent);

    expect(answer.status).toBe(route.startsWith('GET') ? 200 : 202);
    expect(undocumented(route, answer)).toEqual([]);
  });
});

test.each(oddHeaders)('an error is the documented problem, also with the headers %j', async (headers) => {
  const badOrder = await answerTo('POST /api/orders', headers, { body: { ...order, quantity: 0 } });
  const noOrder = await answerTo('GET /api/orders/{order_id}', headers, { path: '/api/orders/unknown' });
  const badQuery = await answerTo('GET /api/orders', headers, { path: '/api/orders?colour=red' });

  expect([badOrder.status, noOrder.status, badQuery.status]).toEqual([400, 404, 400]);
  expect(undocumented('POST /api/orders', badOrder)).toEqual([]);
  expect(undocumented('GET /api/orders/{order_id}', noOrder)).toEqual([]);
  expect(undocumented('GET /api/orders', badQuery)).toEqual([]);
});
