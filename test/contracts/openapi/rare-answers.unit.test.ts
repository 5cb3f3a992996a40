import { afterEach, expect, test } from '@jest/globals';
import { handler as health } from '../../../functions/http/health.ts';
import { OrderlyError } from '../../../lib/errors/orderly-error.ts';
import { bulkResponse } from '../../../lib/http/command-responses.ts';
import { endpoint } from '../../../lib/http/endpoint.ts';
import type { HttpHandler } from '../../../lib/http/http-function.ts';
import { acceptOrder } from '../../../lib/orders/accepted-command.ts';
import { randomIds } from '../../../lib/orders/ids.ts';
import { systemClock } from '../../../lib/time/clock.ts';
import { httpEvent, lambdaContext } from '../../support/http-event.ts';
import { undocumented } from '../../support/openapi-document.ts';

/** Answers that a healthy system cannot be made to give. */

const STALLS = Symbol.for('kafka-event-source.stalls');

async function answerOf(handler: HttpHandler) {
  const { statusCode = 0, headers, body } = await handler(httpEvent('GET', '/'), lambdaContext);
  const texts = Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]);
  return { status: statusCode, headers: Object.fromEntries(texts), body: JSON.parse(body ?? '') };
}

afterEach(() => {
  Reflect.deleteProperty(globalThis, STALLS);
});

test('the answer to a bulk request of which Kafka acknowledged a part is documented', async () => {
  const request = { customer_id: 'c', product_id: 'p', quantity: 1, price: 100 };
  const commands = [0, 1, 2].map((index) => acceptOrder(request, index, randomIds, systemClock));
  const errors = [
    undefined,
    new OrderlyError('kafka_unavailable', 'away'),
    new OrderlyError('message_refused', 'no'),
  ];
  const results = commands.map((command, index) => {
    const error = errors[index];
    return error
      ? { command, acknowledged: false as const, error }
      : { command, acknowledged: true as const };
  });
  const answer = await answerOf(endpoint(async () => bulkResponse({ results, replayed: true })));

  expect(answer).toMatchObject({ status: 207, body: { accepted: 1, failed: 2 } });
  expect(undocumented('POST /api/orders/bulk', answer)).toEqual([]);
});

test('the answer about a stalled consumer is documented', async () => {
  const stalled = {
    topic: 'orders',
    function: 'processOrders',
    group: 'g',
    stalledMs: 31_000,
    reason: 'it fails',
  };
  Reflect.set(globalThis, STALLS, () => [
    stalled,
    { ...stalled, partition: 0, offset: 7, recordsWaiting: 2 },
  ]);
  Object.assign(process.env, {
    STAGE: 'local',
    KAFKA_BROKERS: '127.0.0.1:1',
    DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none',
  });

  const answer = await answerOf(health);

  expect(answer).toMatchObject({
    status: 503,
    body: { stalled_consumers: [{ stalled_seconds: 31 }, { offset: 7 }] },
  });
  expect(undocumented('GET /api/health', answer)).toEqual([]);
});
