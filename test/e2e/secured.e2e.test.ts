import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { issueToken } from '../../local/issuer.ts';
import { freePort } from '../../local/process/ports.ts';
import { apiRequest } from '../support/api-request.ts';
import { queryOnce } from '../support/database.ts';
import { type ExampleReceiver, startExampleReceiver } from '../support/example-receiver.ts';
import { SECRET } from '../support/fulfilment-receiver.ts';
import { readTopic } from '../support/kafka.ts';
import { type RunningStart, runScript, startOrderly } from '../support/npm-start.ts';
import { until } from '../support/until.ts';

/** One start with every option: tokens of the local issuer, and the receiver of docs/fulfilment.md. */

const PAGE = 'http://localhost:5173';

let port: number;
let orderly: RunningStart;
let receiver: ExampleReceiver;
/** A token of `npm run token` without a customer. */
let bearer: string;

beforeAll(async () => {
  port = await freePort();
  receiver = await startExampleReceiver(port, SECRET);
  orderly = await startOrderly({
    AUTH: 'local',
    ISSUER_PORT: `${await freePort()}`,
    FULFILMENT_URL: `http://127.0.0.1:${port}/orders`,
    FULFILMENT_SECRET: SECRET,
  });
  bearer = await tokenOfCommand();
}, 90_000);

afterAll(async () => {
  await orderly?.stop();
  await receiver?.[Symbol.asyncDispose]();
});

async function tokenOfCommand(options: readonly string[] = []): Promise<string> {
  const { exitCode, output } = await runScript(['token', '--', ...options], orderly.environment);
  expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
  return output.trim();
}

const request = (path: string, token?: string, body?: object) =>
  apiRequest(orderly.apiUrl, body === undefined ? 'GET' : 'POST', path, body, {
    'content-type': 'application/json',
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  });

async function order(productId: string): Promise<string> {
  const content = { customer_id: 'c-1', product_id: productId, quantity: 2, price: 19.99 };
  const { body } = await request('/api/orders', bearer, content);
  return String(body.order_id);
}

async function read(orderId: string, wait = 0): Promise<Record<string, unknown>> {
  return (await request(`/api/orders/${orderId}?wait=${wait}`, bearer)).body;
}

async function historyOf(orderId: string): Promise<unknown> {
  return (await request(`/api/orders/${orderId}/history`, bearer)).body.history;
}

describe('a start with AUTH=local', () => {
  test('answers only /api/health without a token', async () => {
    const [health, orders] = [await request('/api/health'), await request('/api/orders')];

    expect([health.status, orders.status]).toEqual([200, 401]);
    expect(orders.headers.get('www-authenticate')).toBe('Bearer');
  });

  test('a token of another customer sees nothing of an order, and one without the scope may not write', async () => {
    const orderId = await order('soap');
    await read(orderId, 10);
    const customer = await tokenOfCommand(['--customer', 'c-2']);
    const place = { stateDirectory: orderly.stateDir, issuerPort: Number(orderly.environment.ISSUER_PORT) };
    const reading = { subject: 'local', scope: 'orders:read', customerId: undefined, minutes: 60 };

    const other = await request(`/api/orders/${orderId}`, customer);
    const reader = await request('/api/orders', await issueToken(place, reading), {});

    expect(other).toMatchObject({ status: 404, body: { code: 'order_not_found' } });
    expect(reader).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });

  test.each([{ host: 'evil.example' }, { origin: 'https://evil.example' }])(
    'rejects a request with %j, with a token too',
    async (headers) => {
      const authorization = `Bearer ${bearer}`;

      // fetch cannot send another Host header
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        const sent = get(`${orderly.apiUrl}/api/orders`, { headers: { ...headers, authorization } }, resolve);
        sent.on('error', reject);
      });

      expect(answer.statusCode).toBe(403);
      expect(JSON.parse(await text(answer))).toMatchObject({ code: 'forbidden' });
    },
  );

  test('allows a web page of this machine to call the API and to invoke functions, and no other page', async () => {
    const invocations = `http://127.0.0.1:${orderly.environment.LAMBDA_PORT}/2015-03-31/functions/orderly-local-welcome/invocations`;
    const allowedAt = async (url: string, origin: string) => {
      const headers = { origin, 'access-control-request-method': 'POST' };
      const { headers: answered } = await fetch(url, { method: 'OPTIONS', headers });
      return answered.get('access-control-allow-origin');
    };

    const { status } = await fetch(orderly.apiUrl, { headers: { origin: PAGE } });

    expect(status).toBe(200);
    expect(await allowedAt(invocations, PAGE)).toBe(PAGE);
    expect(await allowedAt(invocations, 'https://evil.example')).toBeNull();
  });

  test('prints how to get a token and where it goes', () => {
    const output = orderly.output();

    expect(output).toContain(', with a token');
    expect(output).toContain('TOKEN=$(npm run --silent token)');
    expect(output).toContain('-H "authorization: Bearer $TOKEN"');
  });
});

describe('an order with a receiver', () => {
  test('is COMPLETED when the receiver has shipped it', async () => {
    const content = { customer_id: 'c-1', product_id: 'soap', quantity: 2, price: 19.99 };
    const accepted = await request('/api/orders', bearer, content);
    const orderId = String(accepted.body.order_id);

    const ended = await read(orderId, 20);

    expect(accepted.status).toBe(202);
    expect(ended).toMatchObject({
      customer_id: 'c-1',
      status: 'COMPLETED',
      status_reason: null,
      version: 2,
    });
    expect(ended).not.toHaveProperty('attempts');
    expect(receiver.lines()).toContain(`shipped 2 x soap for ${orderId}`);
    expect(await historyOf(orderId)).toMatchObject([
      { event_type: 'order.created', version: 1, status: 'PROCESSING' },
      { event_type: 'order.fulfilled', version: 2, status: 'COMPLETED' },
    ]);
    await until('its status event is published', async () => {
      const events = (await readTopic('orders.status', [orderly.kafkaBrokers])).filter(
        ({ key }) => key === orderId,
      );
      return events.some(({ value }) => JSON.parse(value ?? '').version === 2);
    });
  });

  test('is FAILED with the reason that the receiver gives', async () => {
    const ended = await read(await order('sold-out'), 20);

    expect(ended).toMatchObject({ status: 'FAILED', status_reason: 'This product is sold out.', version: 2 });
  });

  test('waits while the receiver is unavailable, reports that, rejects a cancel, and is COMPLETED when the receiver is back', async () => {
    await receiver[Symbol.asyncDispose]();
    const orderId = await order('towel');
    await until('a call was attempted', async () => Number((await read(orderId)).attempts) >= 1);
    const waiting = await read(orderId);
    await request(`/api/orders/${orderId}/cancel`, bearer, {});
    await until('the cancel is rejected', async () =>
      JSON.stringify(await historyOf(orderId)).includes('too late'),
    );

    receiver = await startExampleReceiver(port, SECRET);
    await queryOnce(orderly.databaseUrl, 'UPDATE fulfilment_attempts SET next_attempt_at = now()');
    await orderly.invoke('retryOrders'); // the schedule would do it within a minute
    const ended = await read(orderId, 20);

    expect(waiting).toMatchObject({
      status: 'PROCESSING',
      version: 1,
      attempts: expect.any(Number),
      next_attempt_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    });
    expect(ended).toMatchObject({ status: 'COMPLETED', version: 2 });
    expect(receiver.lines()).toContain(`shipped 2 x towel for ${orderId}`);
  });
});
