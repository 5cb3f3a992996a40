import { once } from 'node:events';
import net from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import type { CallResult } from '../../../lib/fulfilment/attempt.ts';
import { createWebhook } from '../../../lib/fulfilment/webhook.ts';
import { systemClock } from '../../../lib/time/clock.ts';
import { freePort } from '../../../local/process/ports.ts';
import { anAttempt } from '../../support/attempts.ts';
import {
  type FulfilmentReceiver,
  SECRET,
  startFulfilmentReceiver,
} from '../../support/fulfilment-receiver.ts';
import { watchTimers } from '../../support/pending-timers.ts';
import { aRecord } from '../../support/records.ts';
import { aStoredOrder } from '../../support/stored-orders.ts';
import { until } from '../../support/until.ts';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

let receiver: FulfilmentReceiver;

beforeEach(async () => {
  receiver = await startFulfilmentReceiver();
});

afterEach(async () => {
  await receiver[Symbol.asyncDispose]();
});

async function callOnce(attempt = anAttempt(), timeoutMs = 10_000, url = receiver.url): Promise<CallResult> {
  using webhook = createWebhook({ url, secret: SECRET }, systemClock);
  return await webhook.call(attempt, timeoutMs);
}

describe('a call', () => {
  test('posts the order as JSON to the URL, signed according to Standard Webhooks, with the order id as its key', async () => {
    const order = aStoredOrder({
      orderId: 'o-1',
      quantity: 3,
      priceCents: 1_999,
      totalCents: 5_997,
      productId: 'Käse 🧀',
    });

    const result = await callOnce(anAttempt({ order }));

    const [call] = receiver.calls;
    expect(result).toEqual({ kind: 'fulfilled' });
    expect(call?.path).toBe('/orders?shop=1');
    expect(call?.headers).toMatchObject({
      'content-type': 'application/json',
      'idempotency-key': 'o-1',
      'webhook-id': 'o-1',
    });
    expect(new StandardWebhook(SECRET).verify(call?.body ?? '', headersOf(call?.headers))).toEqual({
      order_id: 'o-1',
      customer_id: 'customer-1',
      product_id: 'Käse 🧀',
      quantity: 3,
      price: 19.99,
      total_amount: 59.97,
      created_at: '2026-11-01T10:00:00.000Z',
    });
  });

  test('has the same body when it is repeated, also for an order whose attempts were exhausted in between', async () => {
    const order = aStoredOrder({ status: 'PROCESSING', version: 1 });

    await callOnce(anAttempt({ order }));
    await callOnce(
      anAttempt({ order: { ...order, version: 3, updatedAt: order.updatedAt + 1 }, attempts: 12 }),
    );

    const [first, second] = receiver.calls;
    expect(second?.body).toBe(first?.body);
    expect(second?.headers['idempotency-key']).toBe(first?.headers['idempotency-key']);
  });

  test('continues the trace of the record, and omits an invalid one', async () => {
    const traced = aRecord({ headers: [['traceparent', Buffer.from(TRACEPARENT)]] });
    const strange = aRecord({ headers: [['traceparent', Buffer.from('00-x\r\nhost: elsewhere')]] });

    await callOnce(anAttempt({ record: traced }));
    const result = await callOnce(anAttempt({ record: strange }));

    expect(receiver.calls.map(({ headers }) => headers.traceparent)).toEqual([TRACEPARENT, undefined]);
    expect(result).toEqual({ kind: 'fulfilled' });
  });
});

describe('a response', () => {
  test.each<[string, { status: number; body?: string; headers?: Record<string, string> }, CallResult]>([
    ['204 without a body', { status: 204 }, { kind: 'fulfilled' }],
    [
      '422 with a reason',
      { status: 422, body: '{"reason":"sold out"}' },
      { kind: 'rejected', reason: 'sold out' },
    ],
    [
      '503',
      { status: 503, body: '{"reason":"later"}' },
      { kind: 'retryable', reason: 'the receiver responded with status 503' },
    ],
  ])('%s is read', async (_name, reply, result) => {
    receiver.reply = () => reply;

    expect(await callOnce()).toEqual(result);
  });

  test('that redirects is not followed', async () => {
    receiver.reply = () => ({ status: 307, headers: { location: receiver.url } });

    expect(await callOnce()).toEqual({ kind: 'retryable', reason: 'the receiver responded with status 307' });
    expect(receiver.calls).toHaveLength(1);
  });

  test('of 64 KiB is read completely; of a longer one only the status counts', async () => {
    const padded = (bytes: number): string => JSON.stringify({ reason: 'sold out' }).padEnd(bytes);
    receiver.reply = () => ({ status: 409, body: padded(64 * 1024) });
    const long = await callOnce();
    receiver.reply = () => ({ status: 409, body: padded(64 * 1024 + 1) });
    const tooLong = await callOnce();

    expect(long).toEqual({ kind: 'rejected', reason: 'sold out' });
    expect(tooLong).toEqual({ kind: 'rejected', reason: 'rejected by the fulfilment with status 409' });
    await until('the connections are closed', () => receiver.open() === 0);
  });

  test('that breaks off is retryable', async () => {
    receiver.reply = () => 'cut';

    expect(await callOnce()).toEqual({ kind: 'retryable', reason: 'the connection failed (ECONNRESET)' });
  });

  test('that switches protocols ends the call at once', async () => {
    const server = net.createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () =>
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'),
      );
    });
    const port = await freePort();
    await once(server.listen(port, '127.0.0.1'), 'listening');
    const startedAt = performance.now();

    const result = await callOnce(anAttempt(), 5_000, `http://127.0.0.1:${port}/`);

    server.close();
    expect(result).toMatchObject({ kind: 'retryable', reason: expect.stringContaining('switch protocols') });
    expect(performance.now() - startedAt).toBeLessThan(4_000);
  });

  test('that does not come ends the call in time, and its connection', async () => {
    receiver.reply = () => 'hang';
    const startedAt = performance.now();

    const result = await callOnce(anAttempt(), 300);

    expect(result).toEqual({ kind: 'retryable', reason: 'no response within 300 ms' });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    await until('the connection is closed', () => receiver.open() === 0);
  });
});

test('an unreachable receiver is a retryable call', async () => {
  const nowhere = `http://127.0.0.1:${await freePort()}/`;

  const result = await callOnce(anAttempt(), 10_000, nowhere);

  expect(result).toEqual({ kind: 'retryable', reason: 'the connection failed (ECONNREFUSED)' });
});

test('calls share connections, and all are closed when the webhook is disposed', async () => {
  using timers = watchTimers();

  {
    using webhook = createWebhook({ url: receiver.url, secret: SECRET }, systemClock);
    for (let nr = 0; nr < 5; nr += 1) {
      await webhook.call(anAttempt(), 10_000);
    }
  }

  expect(new Set(receiver.calls.map(({ port }) => port)).size).toBe(1);
  expect(await timers.pending()).toEqual([]);
  await until('all connections are closed', () => receiver.connections() === 0);
});

const headersOf = (headers: Record<string, unknown> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
