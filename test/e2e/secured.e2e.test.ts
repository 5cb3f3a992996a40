import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createClient, type OrderlyClient } from '../../client/src/index.ts';
import { issueToken } from '../../local/issuer.ts';
import { freePort } from '../../local/process/ports.ts';
import { apiRequest } from '../support/api-request.ts';
import { openPage, testInBrowser } from '../support/browser.ts';
import { queryOnce } from '../support/database.ts';
import { type ExampleReceiver, startExampleReceiver } from '../support/example-receiver.ts';
import { SECRET } from '../support/fulfilment-receiver.ts';
import { readTopic } from '../support/kafka.ts';
import { type RunningStart, runScript, startOrderly } from '../support/npm-start.ts';
import { tryOut } from '../support/reference-page.ts';
import { until } from '../support/until.ts';

/** One start with every option: tokens of the local issuer, and the receiver of docs/fulfilment.md. */

const PAGE = 'http://localhost:5173';

let port: number;
let orderly: RunningStart;
let receiver: ExampleReceiver;
/** A token of `npm run token` without a customer. */
let bearer: string;
let client: OrderlyClient;

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
  client = clientOf(bearer);
});

afterAll(async () => {
  await orderly?.stop();
  await receiver?.[Symbol.asyncDispose]();
});

async function tokenOfCommand(options: readonly string[] = []): Promise<string> {
  const { exitCode, output } = await runScript(['token', '--', ...options], orderly.environment);
  expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
  return output.trim();
}

const clientOf = (token?: string): OrderlyClient => createClient({ baseUrl: orderly.apiUrl, token });

/** Sends an order and returns its id. */
async function order(productId: string): Promise<string> {
  const content = { customer_id: 'c-1', product_id: productId, quantity: 2, price: 19.99 };
  return (await client.create(content)).order_id;
}

describe('a start with AUTH=local', () => {
  test('answers only /api/health without a token', async () => {
    const health = await clientOf().health();
    const orders = await apiRequest(orderly.apiUrl, 'GET', '/api/orders');

    expect(health.status).toBe('healthy');
    expect(orders.status).toBe(401);
    expect(orders.headers.get('www-authenticate')).toBe('Bearer');
  });

  test('a token of another customer sees nothing of an order, and one without the scope may not write', async () => {
    const orderId = await order('soap');
    await client.waitFor(orderId);
    const other = clientOf(await tokenOfCommand(['--customer', 'c-2']));
    const place = { stateDirectory: orderly.stateDir, issuerPort: Number(orderly.environment.ISSUER_PORT) };
    const reading = { subject: 'local', scope: 'orders:read', customerId: undefined, minutes: 60 };
    const reader = clientOf(await issueToken(place, reading));

    await expect(other.get(orderId)).rejects.toMatchObject({ status: 404, code: 'order_not_found' });
    await expect(reader.cancel(orderId)).rejects.toMatchObject({ status: 403, code: 'forbidden' });
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

  testInBrowser('lets the reference page send an order with a token, and no order without one', async () => {
    await using browser = await openPage(`${orderly.apiUrl}/docs`);
    const { page } = browser;

    const rejected = await tryOut(page, 'createOrder');
    await page.getByRole('button', { name: 'Authorize', exact: true }).click();
    await page.getByLabel('auth-bearer-value').fill(bearer);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Close' }).click();
    const accepted = await tryOut(page, 'createOrdersBulk');

    expect([rejected.status, accepted.status]).toEqual([401, 202]);
    expect(browser.faults()).toEqual([expect.stringContaining('401 (Unauthorized)')]); // the browser's own line
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
    const orderId = await order('soap');

    const ended = await client.waitFor(orderId);

    expect(ended).toMatchObject({
      customer_id: 'c-1',
      status: 'COMPLETED',
      status_reason: null,
      version: 2,
    });
    expect(ended).not.toHaveProperty('attempts');
    await until('the receiver has printed it', () =>
      receiver.lines().includes(`shipped 2 x soap for ${orderId}`),
    );
    expect((await client.history(orderId)).history).toMatchObject([
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
    const ended = await client.waitFor(await order('sold-out'));

    expect(ended).toMatchObject({ status: 'FAILED', status_reason: 'This product is sold out.', version: 2 });
  });

  test('waits while the receiver is unavailable, reports that, rejects a cancel, and is COMPLETED when the receiver is back', async () => {
    await receiver[Symbol.asyncDispose]();
    const orderId = await order('towel');
    await until('it is stored and a call was attempted', () =>
      client.get(orderId).then(
        ({ attempts = 0 }) => attempts >= 1,
        () => false,
      ),
    );
    const waiting = await client.get(orderId);
    const { event_id } = await client.cancel(orderId);
    await until('the cancel is rejected', async () => {
      const { history } = await client.history(orderId);
      return history.some(
        (entry) => entry.event_id === event_id && entry.status_reason?.includes('too late'),
      );
    });

    receiver = await startExampleReceiver(port, SECRET);
    await queryOnce(orderly.databaseUrl, 'UPDATE fulfilment_attempts SET next_attempt_at = now()');
    await orderly.invoke('retryOrders'); // the schedule would do it within a minute
    const ended = await client.waitFor(orderId);

    expect(waiting).toMatchObject({
      status: 'PROCESSING',
      version: 1,
      attempts: expect.any(Number),
      next_attempt_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    });
    expect(ended).toMatchObject({ status: 'COMPLETED', version: 2 });
    await until('the receiver has printed it', () =>
      receiver.lines().includes(`shipped 2 x towel for ${orderId}`),
    );
  });
});
