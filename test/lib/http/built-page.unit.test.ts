import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { builtPage } from '../../../lib/http/built-page.ts';
import type { HttpHandler, HttpResponse } from '../../../lib/http/http-function.ts';
import { httpEvent, lambdaContext } from '../../support/http-event.ts';

const page = gzipSync('<!doctype html>');
const script = gzipSync('start();');

let directory: string;
let handler: HttpHandler;

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'orderly-page-')), 'dist');
  handler = builtPage({ directory, contentSecurityPolicy: "default-src 'self'" });
});

afterEach(() => rmSync(join(directory, '..'), { recursive: true }));

function build(): void {
  mkdirSync(directory);
  writeFileSync(join(directory, 'index.html.gz'), page);
  writeFileSync(join(directory, 'start-ABCDEFGH.js.gz'), script);
  writeFileSync(join(directory, 'start-ABCDEFGH.js.gz.42'), 'unfinished');
}

function request(file?: string): Promise<HttpResponse> {
  const event = httpEvent('GET', '/page', undefined, { 'accept-encoding': 'gzip' });
  return handler({ ...event, ...(file !== undefined && { pathParameters: { file } }) }, lambdaContext);
}

test('a page is revalidated and has the security policy; its files are immutable; both are sent as they are stored', async () => {
  build();

  expect(await request()).toMatchObject({
    statusCode: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-encoding': 'gzip',
      'cache-control': 'no-cache',
      'content-security-policy': "default-src 'self'",
    },
    isBase64Encoded: true,
    body: page.toString('base64'),
  });
  expect(await request('start-ABCDEFGH.js')).toMatchObject({
    statusCode: 200,
    headers: {
      'content-type': 'text/javascript; charset=utf-8',
      'content-encoding': 'gzip',
      'cache-control': 'public, max-age=31536000, immutable',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    },
    isBase64Encoded: true,
    body: script.toString('base64'),
  });
});

test.each([
  'index.html',
  'start-HGFEDCBA.js',
  'start-ABCDEFGH.js.gz',
  'start-ABCDEFGH.js.gz.42',
  '../dist/index.html',
  '',
])('the file "%s" is not found', async (file) => {
  build();

  expect(await request(file)).toMatchObject({
    statusCode: 404,
    headers: { 'content-type': 'application/problem+json' },
  });
});

test('the files are read once, at the first request, and again after a failure', async () => {
  const missing = await request();
  build();
  const read = await request();
  rmSync(directory, { recursive: true });
  const cached = await request();

  expect([missing.statusCode, read.statusCode, cached.statusCode]).toEqual([500, 200, 200]);
});
