import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import LocalApi from '../src/index.ts';

let server: Server;
const seen: string[][] = [];

beforeAll(async () => {
  const service = { provider: {}, getAllFunctions: () => [], getFunction: () => ({}) };
  new LocalApi({ service }, {}, { log: { error: () => undefined } }).hooks['before:offline:start:init']?.();
  server = createServer((request, response) => {
    seen.push(request.rawHeaders);
    response.end(JSON.stringify({ headers: request.headers, rawHeaders: request.rawHeaders }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // Added after the server has started to listen, as a WebSocket library can do.
  server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n'));
});
afterAll(() => {
  server.close();
});

/** Sends a raw request and returns the raw response. */
async function responseTo(...lines: string[]): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const socket = net.connect(port, '127.0.0.1');
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  return text(socket);
}

const close = 'Connection: close';
const upgrade = ['Connection: Upgrade', 'Upgrade: websocket'];

test('a request from this machine reaches the server', async () => {
  expect(await responseTo('GET / HTTP/1.1', 'Host: 127.0.0.1:3002', close)).toContain('200 OK');
  expect(await responseTo('GET / HTTP/1.1', 'Host: localhost', ...upgrade)).toContain('101 Switching');
});

test.each([
  ['GET', ['Host: evil.example', close]],
  ['POST', ['Host: 127.0.0.1', 'Origin: https://evil.example', 'Content-Type: text/plain', close]],
  ['POST', ['Host: 127.0.0.1', 'Origin: null', 'Expect: 100-continue', 'Content-Length: 2', close]],
])('%s with %j gets a 403 problem and does not reach the server', async (method, headers) => {
  const before = seen.length;

  const reply = await responseTo(`${method} / HTTP/1.1`, ...headers);

  expect(reply).toMatch(/^HTTP\/1\.1 (100 Continue\r\n\r\nHTTP\/1\.1 )?403 Forbidden/);
  expect(reply).toContain('"code":"forbidden"');
  expect(seen).toHaveLength(before);
});

test.each([[['Host: evil.example']], [['Host: localhost', 'Origin: https://evil.example']]])(
  'a WebSocket request with %j is rejected',
  async (headers) => {
    expect(await responseTo('GET / HTTP/1.1', ...headers, ...upgrade)).toBe('');
  },
);

test('the values of a repeated header are joined with a comma in their order, as API Gateway does', async () => {
  const reply = await responseTo(
    ...['GET / HTTP/1.1', 'Host: localhost', 'Idempotency-Key: a', 'Content-Type: text/plain'],
    ...['idempotency-key: b', 'Content-Type: application/json', 'IDEMPOTENCY-KEY:', close],
  );

  const { headers, rawHeaders } = JSON.parse(reply.slice(reply.indexOf('{')));
  expect(rawHeaders).toEqual([
    ...['host', 'localhost', 'idempotency-key', 'a,b,'],
    ...['content-type', 'text/plain,application/json', 'connection', 'close'],
  ]);
  expect(headers).toMatchObject({ 'content-type': 'text/plain' });
});

test('cookies are not joined with a comma, because a cookie can contain one', async () => {
  const reply = await responseTo('GET / HTTP/1.1', 'Host: localhost', 'Cookie: a=1', 'Cookie: b=2', close);

  expect(reply).not.toContain('a=1,b=2');
});

test('conditional and range headers reach the function, but not the server that would change its response', async () => {
  const conditions = ['range', 'if-range', 'if-none-match', 'if-modified-since'];

  const reply = await responseTo(
    ...['GET / HTTP/1.1', 'Host: localhost', ...conditions.map((name) => `${name}: x`), close],
  );

  const { headers, rawHeaders } = JSON.parse(reply.slice(reply.indexOf('{')));
  expect(Object.keys(headers)).toEqual(['host', 'connection']);
  expect(rawHeaders).toEqual(expect.arrayContaining(conditions));
});

test('an HTTPS server is guarded too', async () => {
  const psk = { ciphers: 'PSK', maxVersion: 'TLSv1.2' } as const; // needs no certificate
  const secret = Buffer.from('secret');
  const tls = https.createServer({ ...psk, pskCallback: () => secret }, (_, response) => response.end());
  tls.listen(0, '127.0.0.1');
  await once(tls, 'listening');
  const { port } = tls.address() as AddressInfo;

  const status = async (host: string): Promise<number | undefined> => {
    const client = { ...psk, pskCallback: () => ({ psk: secret, identity: 'test' }) };
    const request = https.request({
      ...client,
      ...{ port, host: '127.0.0.1', headers: { host }, agent: false },
      checkServerIdentity: () => undefined,
    });
    request.end();
    const [response] = await once(request, 'response');
    response.resume();
    return response.statusCode;
  };

  expect(await status('localhost')).toBe(200);
  expect(await status('evil.example')).toBe(403);
  tls.close();
});
