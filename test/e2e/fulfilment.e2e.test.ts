import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort } from '../../local/process/ports.ts';
import { type ApiRequest, apiRequest } from '../support/api-request.ts';
import { type ExampleReceiver, startExampleReceiver } from '../support/example-receiver.ts';
import { SECRET } from '../support/fulfilment-receiver.ts';
import { readTopic } from '../support/kafka.ts';
import { type RunningStart, startOrderly } from '../support/npm-start.ts';
import { until } from '../support/until.ts';

/** Orders that wait for the receiver of docs/fulfilment.md, as a person would run both. */

/** `retry-orders` runs every minute. */
const RETRY_TIMEOUT_MS = 150_000;

let port: number;
let orderly: RunningStart;
let receiver: ExampleReceiver;

beforeAll(async () => {
  port = await freePort();
  receiver = await startExampleReceiver(port, SECRET);
  orderly = await startOrderly({
    FULFILMENT_URL: `http://127.0.0.1:${port}/orders`,
    FULFILMENT_SECRET: SECRET,
  });
}, 90_000);

afterAll(async () => {
  await orderly?.stop();
  await receiver?.[Symbol.asyncDispose]();
});

const request: ApiRequest = (...args) => apiRequest(orderly.apiUrl, ...args);

async function order(productId: string): Promise<string> {
  const content = { customer_id: 'customer-1', product_id: productId, quantity: 2, price: 19.99 };
  const { body } = await request('POST', '/api/orders', content);
  return String(body.order_id);
}

async function read(orderId: string, wait = 0): Promise<Record<string, unknown>> {
  return (await request('GET', `/api/orders/${orderId}?wait=${wait}`)).body;
}

async function historyOf(orderId: string): Promise<unknown> {
  return (await request('GET', `/api/orders/${orderId}/history`)).body.history;
}

describe('an order with a receiver', () => {
  test('is COMPLETED when the receiver has shipped it', async () => {
    const orderId = await order('soap');

    const ended = await read(orderId, 20);

    expect(ended).toMatchObject({ status: 'COMPLETED', status_reason: null, version: 2 });
    expect(ended).not.toHaveProperty('attempts');
    expect(receiver.lines()).toContain(`shipped 2 x soap for ${orderId}`);
    expect(await historyOf(orderId)).toMatchObject([
      { event_type: 'order.created', version: 1, status: 'PROCESSING' },
      { event_type: 'order.fulfilled', version: 2, status: 'COMPLETED' },
    ]);
    await until('its status is told', async () => {
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

  test(
    'waits while the receiver is away, says so, cannot be cancelled any more, and is COMPLETED when it is back',
    async () => {
      await receiver[Symbol.asyncDispose]();
      const orderId = await order('towel');
      await until('it was called for', async () => Number((await read(orderId)).attempts) >= 1);
      const waiting = await read(orderId);
      await request('POST', `/api/orders/${orderId}/cancel`);
      await until('the cancel is refused', async () =>
        JSON.stringify(await historyOf(orderId)).includes('too late'),
      );

      receiver = await startExampleReceiver(port, SECRET);
      await until(
        'it is completed',
        async () => (await read(orderId, 20)).status === 'COMPLETED',
        RETRY_TIMEOUT_MS,
      );

      expect(waiting).toMatchObject({
        status: 'PROCESSING',
        version: 1,
        attempts: expect.any(Number),
        next_attempt_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      });
      expect(await read(orderId)).toMatchObject({ status: 'COMPLETED', version: 2 });
      expect(receiver.lines()).toContain(`shipped 2 x towel for ${orderId}`);
    },
    RETRY_TIMEOUT_MS + 60_000,
  );
});
