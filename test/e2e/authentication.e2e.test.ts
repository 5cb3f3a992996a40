import { statSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod';
import { freePort } from '../../local/process/ports.ts';
import { type RunningStart, runScript, startOrderly } from '../support/npm-start.ts';

let orderly: RunningStart;

beforeAll(async () => {
  orderly = await startOrderly({ AUTH: 'local', ISSUER_PORT: `${await freePort()}` });
}, 90_000);
afterAll(async () => {
  await orderly?.stop();
});

const order = { customer_id: 'c-1', product_id: 'p-1', quantity: 1, price: 1 };

async function token(options: readonly string[] = []): Promise<string> {
  const { exitCode, output } = await runScript(['token', '--', ...options], orderly.environment);
  expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
  return output.trim();
}

async function request(path: string, bearer?: string, body?: object) {
  const answer = await fetch(`${orderly.apiUrl}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      'content-type': 'application/json',
      ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const json = z.record(z.string(), z.unknown()).parse(await answer.json());
  return { status: answer.status, headers: answer.headers, body: json };
}

test('without a token the health is told and no order is', async () => {
  const [health, orders] = [await request('/api/health'), await request('/api/orders')];

  expect([health.status, orders.status]).toEqual([200, 401]);
  expect(orders.headers.get('www-authenticate')).toBe('Bearer');
});

test('with a token of "npm run token" an order is accepted and completes', async () => {
  const bearer = await token();

  const accepted = await request('/api/orders', bearer, order);
  const stored = await request(`/api/orders/${accepted.body.order_id}?wait=10`, bearer);

  expect([accepted.status, stored.status]).toEqual([202, 200]);
  expect(stored.body).toMatchObject({ status: 'COMPLETED', customer_id: 'c-1' });
});

test('a token of another customer sees nothing of it, and one without the scope may not write', async () => {
  const { body } = await request('/api/orders', await token(), order);
  const path = `/api/orders/${body.order_id}`;
  await request(`${path}?wait=10`, await token());

  const other = await request(path, await token(['--customer', 'c-2']));
  const reader = await request('/api/orders', await token(['--scope', 'orders:read']), order);

  expect(other).toMatchObject({ status: 404, body: { code: 'order_not_found' } });
  expect(reader).toMatchObject({ status: 403, body: { code: 'forbidden' } });
});

test.each([{ host: 'evil.example' }, { origin: 'https://evil.example' }])(
  'a request with %j is none of this machine, and is refused with a token too',
  async (headers) => {
    const authorization = `Bearer ${await token()}`;

    // fetch always names the host that it connects to
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = get(`${orderly.apiUrl}/api/orders`, { headers: { ...headers, authorization } }, resolve);
      sent.on('error', reject);
    });

    expect(answer.statusCode).toBe(403);
    expect(JSON.parse(await text(answer))).toMatchObject({ code: 'forbidden' });
  },
);

test('a web page of this machine may call, and may be told that it may invoke a function; another page may not', async () => {
  const invocations = `http://127.0.0.1:${orderly.environment.LAMBDA_PORT}/2015-03-31/functions/orderly-local-welcome/invocations`;
  const allowedAt = async (url: string, origin: string) => {
    const headers = { origin, 'access-control-request-method': 'POST' };
    const { headers: answered } = await fetch(url, { method: 'OPTIONS', headers });
    return answered.get('access-control-allow-origin');
  };

  const page = 'http://localhost:5173';
  const { status } = await fetch(orderly.apiUrl, { headers: { origin: page } });

  expect(status).toBe(200);
  expect(await allowedAt(invocations, page)).toBe(page);
  expect(await allowedAt(invocations, 'https://evil.example')).toBeNull();
});

test('what it prints when it is ready says how to come by a token and where it goes', () => {
  const output = orderly.output();

  expect(output).toContain(', with a token');
  expect(output).toContain('TOKEN=$(npm run --silent token)');
  expect(output).toContain('-H "authorization: Bearer $TOKEN"');
});

test('tokens stay good when everything was killed and started again, and only their owner can read the key', async () => {
  const bearer = await token();
  await orderly.killEverything();

  await orderly.startAgain();

  expect((await request('/api/orders', bearer)).status).toBe(200);
  expect(statSync(join(orderly.stateDir, 'issuer-key.json')).mode & 0o777).toBe(0o600);
});
