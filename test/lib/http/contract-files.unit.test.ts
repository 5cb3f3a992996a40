import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { handler } from '../../../functions/http/contracts.ts';
import { httpEvent, lambdaContext } from '../../support/http-event.ts';

const get = (path: string, headers: Record<string, string> = {}) =>
  handler(httpEvent('GET', path, undefined, headers), lambdaContext);

const schemas = readdirSync('contracts/schemas').map((name): [string, string] => [
  `/schemas/${name}`,
  'application/schema+json',
]);

test.each([['/asyncapi.json', 'application/json'], ['/openapi.json', 'application/json'], ...schemas])(
  'GET %s answers with the checked-in file as %s, which caches keep for a minute',
  async (path, contentType) => {
    expect(await get(path)).toMatchObject({
      statusCode: 200,
      headers: {
        'content-type': contentType,
        'cache-control': 'public, max-age=60',
        'x-content-type-options': 'nosniff',
        'x-request-id': 'invocation-1',
      },
      body: readFileSync(`contracts${path}`, 'utf8'),
    });
  },
);

test('a client that accepts gzip gets the same file compressed, several times smaller', async () => {
  const { headers, body, isBase64Encoded } = await get('/openapi.json', { 'accept-encoding': 'gzip, br' });
  const bytes = Buffer.from(String(body), 'base64');

  expect({ headers, isBase64Encoded }).toMatchObject({
    headers: { 'content-encoding': 'gzip', vary: 'accept-encoding' },
    isBase64Encoded: true,
  });
  expect(gunzipSync(bytes).toString()).toBe(readFileSync('contracts/openapi.json', 'utf8'));
  expect(bytes.length).toBeLessThan(40_000);
});

test.each([
  { 'if-none-match': '*' },
  { 'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' },
  { 'if-match': '"a"' },
  { 'if-range': '"a"', range: 'bytes=0-1' },
  { range: 'bytes=999999999-' },
  { accept: 'text/html' },
])('a header that the route does not support changes nothing: %j', async (headers) => {
  expect(await get('/asyncapi.json', headers)).toEqual(await get('/asyncapi.json'));
});

test.each([
  '/schemas/unknown.json',
  '/schemas/order-record',
  '/schemas/ORDER-RECORD.json',
  '/schemas/order%2Drecord.json',
  '/schemas/..%2fasyncapi.json',
  '/schemas/../asyncapi.json',
  '/schemas/../generate.ts',
  '/schemas/',
  '/schemas/%zz',
  '/schemas/a\u0000.json',
])('GET %j is a 404 problem that lists what exists', async (path) => {
  const { statusCode, headers, body } = await get(path);

  expect({ statusCode, headers }).toMatchObject({
    statusCode: 404,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
  });
  expect(JSON.parse(String(body))).toMatchObject({
    code: 'route_not_found',
    detail: expect.stringMatching(
      /These exist: \/asyncapi\.json, \/openapi\.json, .*\/schemas\/order-record\.json/,
    ),
  });
});
