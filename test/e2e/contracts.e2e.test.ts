import { readFileSync } from 'node:fs';
import { request as send } from 'node:http';
import { text } from 'node:stream/consumers';
import { beforeAll, expect, test } from '@jest/globals';
import { type SharedStart, sharedStart } from '../support/npm-start.ts';

let orderly: SharedStart;

beforeAll(async () => {
  orderly = await sharedStart();
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** Sends the path byte for byte; `fetch` would normalize it. */
function request(method: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const { hostname, port } = new URL(orderly.apiUrl);
  return new Promise((resolve, reject) => {
    const sent = send({ hostname, port, method, path, headers }, async (response) => {
      resolve({ status: response.statusCode, headers: response.headers, body: await text(response) });
    });
    sent.on('error', reject).end();
  });
}

test.each([
  ['/openapi.json', 'application/json'],
  ['/asyncapi.json', 'application/json'],
  ['/schemas/status-event.json', 'application/schema+json'],
])('GET %s answers with the checked-in file, as %s', async (path, contentType) => {
  expect(await request('GET', path)).toMatchObject({
    status: 200,
    headers: { 'content-type': expect.stringContaining(contentType), 'cache-control': 'public, max-age=60' },
    body: readFileSync(`contracts${path}`, 'utf8'),
  });
});

test.each([{ range: 'bytes=0-9' }, { 'if-none-match': '*' }, { accept: 'text/html' }])(
  'the whole contract answers a request with %j',
  async (headers) => {
    const { status, body } = await request('GET', '/asyncapi.json', headers);

    expect({ status, body }).toEqual({ status: 200, body: readFileSync('contracts/asyncapi.json', 'utf8') });
  },
);

test.each([
  '/schemas/unknown.json',
  '/schemas/order-record',
  '/schemas/..%2fasyncapi.json',
  '/schemas/%2e%2e%2fgenerate.ts',
  '/schemas/%00.json',
  '/schemas/%F0%9F%92%A9.json',
])('GET %s is a 404 problem that lists the schemas', async (path) => {
  const { status, headers, body } = await request('GET', path);

  expect({ status, headers }).toMatchObject({
    status: 404,
    headers: { 'content-type': 'application/problem+json' },
  });
  expect(JSON.parse(body)).toMatchObject({
    code: 'route_not_found',
    detail: expect.stringContaining('/schemas/status-event.json'),
  });
});

test('another method gets 405', async () => {
  expect(await request('POST', '/openapi.json')).toMatchObject({ status: 405, headers: { allow: 'GET' } });
});

test('GET / links the contracts', async () => {
  const { body } = await request('GET', '/');
  const { links } = JSON.parse(body);

  expect((await request('GET', links.openapi)).status).toBe(200);
  expect((await request('GET', links.asyncapi)).status).toBe(200);
});
