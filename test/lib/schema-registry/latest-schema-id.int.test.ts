import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { latestSchemaId } from '../../../lib/schema-registry/latest-schema-id.ts';
import { freePort } from '../../../local/process/ports.ts';
import { type RegistryServer, startRegistryServer } from '../../support/registry-server.ts';

const GUID = '0199f1a2-7b3c-7d4e-8f50-123456789abc';

let server: RegistryServer;

beforeAll(async () => {
  server = await startRegistryServer();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const lookUp = (url = server.url, timeoutMs = 30_000) => latestSchemaId({ url, timeoutMs }, 'orders-a/b');

test.each([
  ['{"id":0}', { id: 0 }],
  ['{"id":2147483647,"subject":"orders","schema":"{}"}', { id: 2_147_483_647 }],
  [`{"id":7,"guid":"${GUID}"}`, { id: 7, guid: GUID }],
])('reads the id of %s', async (answer, id) => {
  server.answers((response) => void response.end(answer));

  expect(await lookUp()).toEqual(id);
});

test('asks for the latest version, with the subject as one segment of the path and without doubled slashes', async () => {
  server.answers((response) => void response.end('{"id":7}'));

  await lookUp(`${server.url}/apis/ccompat/v7//`);

  const request = server.received.at(-1);
  expect(request?.method).toBe('GET');
  expect(request?.url).toBe('/apis/ccompat/v7/subjects/orders-a%2Fb/versions/latest');
  expect(request?.headers.authorization).toBeUndefined();
});

const endless = (response: ServerResponse): void => {
  const write = (): void => {
    if (!response.destroyed) {
      response.write(Buffer.alloc(65_536, ' '), write);
    }
  };
  write();
};

test.each<[string, (response: ServerResponse) => void, RegExp]>([
  [
    'a status 500',
    (response) => void response.writeHead(500).end('{"message":"no"}'),
    /status 500: \{"message":"no"\}/,
  ],
  ['a status 404', (response) => void response.writeHead(404).end(), /status 404/],
  ['a redirect', (response) => void response.writeHead(302, { location: '/login' }).end(), /status 302/],
  ['a page', (response) => void response.end('<html>Log in</html>'), /the answer is not JSON/],
  ['no body', (response) => void response.end(), /the answer is not JSON/],
  ['a body without end', endless, /the answer has more than 262144 bytes/],
  [
    'half an answer and the end of the connection',
    (response) => {
      response.writeHead(200, { 'content-length': 9 }).write('{"id', () => response.destroy());
    },
    /aborted/,
  ],
  ['a closed connection', (response) => void response.destroy(), /socket hang up/],
  ['an id that is text', (response) => void response.end('{"id":"7"}'), /no valid id of orders-a\/b/],
  ['an id beyond 32 bits', (response) => void response.end('{"id":2147483648}'), /no valid id/],
  ['a negative id', (response) => void response.end('{"id":-1}'), /no valid id/],
  ['a GUID that is none', (response) => void response.end('{"id":7,"guid":"7"}'), /no valid id/],
  ['no object', (response) => void response.end('[]'), /no valid id/],
])('%s is a failure that names the reason', async (_case, answer, reason) => {
  server.answers(answer);

  await expect(lookUp()).rejects.toMatchObject({
    code: 'schema_registry_failed',
    message: expect.stringMatching(reason),
  });
});

test.each<[string, (response: ServerResponse) => void]>([
  ['half an answer', (response) => void response.writeHead(200, { 'content-length': 9 }).write('{"id')],
  ['no answer', () => undefined],
])('%s is a failure once the time limit is over', async (_case, answer) => {
  server.answers(answer);
  const startedAt = performance.now();

  await expect(lookUp(server.url, 1_000)).rejects.toMatchObject({
    code: 'schema_registry_failed',
    message: expect.stringContaining('no answer within 1000 ms'),
  });
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});

test('a registry that does not run is a failure with its address', async () => {
  const port = await freePort();

  await expect(lookUp(`http://127.0.0.1:${port}`)).rejects.toThrow(`ECONNREFUSED 127.0.0.1:${port}`);
});
