import { createHash } from 'node:crypto';
import { get, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { beforeAll, expect, test } from '@jest/globals';
import { type SharedStart, sharedStart } from '../support/npm-start.ts';

let orderly: SharedStart;
/** The paths of the scripts and the style sheet, as the page names them. */
let assets: readonly string[];

beforeAll(async () => {
  orderly = await sharedStart();
  assets = [...(await request('/docs')).body.toString().matchAll(/(?:src|href)="(\/docs\/[^"]+)"/g)].map(
    ([, path = '']) => path,
  );
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Sends a request whose answer is not decompressed. */
async function request(path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(`${orderly.apiUrl}${path}`, { headers }, resolve).on('error', reject);
  });
  return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
}

const GZIP = { 'accept-encoding': 'gzip, deflate, br' };

test('the page permits only scripts, styles and requests of its own origin, is never framed, and is revalidated', async () => {
  const { status, headers, body } = await request('/docs');
  const policy = String(headers['content-security-policy']).split('; ');

  expect(status).toBe(200);
  expect(headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
  });
  expect(policy).toEqual(
    expect.arrayContaining([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "connect-src 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'none'",
    ]),
  );
  expect(body.toString()).not.toMatch(
    /<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|https?:\/\/(?!www\.w3\.org)/,
  );
});

test('each file of the page is stored compressed, and cached for a year under a name with a hash', async () => {
  expect(assets).toHaveLength(3);
  for (const path of assets) {
    const { status, headers } = await request(path, GZIP);

    expect({ path, status, ...headers }).toMatchObject({
      path: expect.stringMatching(/^\/docs\/[a-z]+-[0-9A-Z]{8}\.(js|css)$/),
      status: 200,
      'content-type': expect.stringMatching(/^text\/(javascript|css); charset=utf-8$/),
      'content-encoding': 'gzip',
      'cache-control': 'public, max-age=31536000, immutable',
      vary: expect.stringContaining('accept-encoding'),
    });
  }
});

test('a client that does not accept gzip gets the same content decompressed', async () => {
  const hash = (content: Buffer): string => createHash('sha256').update(content).digest('hex');
  for (const path of ['/docs', ...assets]) {
    const compressed = await request(path, GZIP);

    for (const headers of [{}, { 'accept-encoding': 'identity' }, { 'accept-encoding': 'gzip;q=0' }]) {
      const plain = await request(path, headers);

      expect([path, plain.status, plain.headers['content-encoding']]).toEqual([path, 200, undefined]);
      expect(hash(plain.body)).toBe(hash(gunzipSync(compressed.body)));
    }
  }
});

test.each([
  '/docs/start-00000000.js',
  '/docs/build.ts',
  '/docs/..%2Fpackage.json',
  '/docs/index.html',
  '/docs/index.html.gz',
])('%s is a 404 problem', async (path) => {
  const { status, headers, body } = await request(path, GZIP);

  expect({ status, type: headers['content-type'] }).toEqual({
    status: 404,
    type: 'application/problem+json',
  });
  expect(JSON.parse(body.toString())).toMatchObject({ code: 'route_not_found' });
});

test('the start and the welcome name the page', async () => {
  const welcome = JSON.parse((await request('/')).body.toString());

  expect(welcome.links).toMatchObject({ reference: '/docs' });
  expect(await orderly.output()).toContain(`Reference   ${orderly.apiUrl}/docs\n`);
});
