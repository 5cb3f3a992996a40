import { describe, expect, test } from '@jest/globals';
import { freePort, LOCAL_HOST } from '../../../local/process/ports.ts';
import type { LoadOrder } from '../../../ops/load/load-orders.ts';
import { type Answer, createOrderSender } from '../../../ops/load/order-sender.ts';
import {
  answerText,
  type Behaviour,
  json,
  problem,
  type ReceivedRequest,
  reset,
  startUnreliableServer,
} from '../../client/unreliable-server.ts';

const anOrder = (order_id: string): LoadOrder => ({
  order_id,
  customer_id: 'customer-1',
  product_id: 'Prödukt 1',
  quantity: 1,
  price: 1,
  created_at: '2026-11-01T10:00:00.000Z',
});
const orders = ['a', 'b', 'c'].map(anOrder);
const accepted = (order_id: string) => ({ order_id, status: 'PENDING', total_amount: 1 });

interface Sent extends Answer {
  readonly received: readonly ReceivedRequest[];
}

async function send(behaviour: Behaviour, bulk: boolean): Promise<Sent> {
  await using server = await startUnreliableServer(behaviour);
  using sender = createOrderSender({ apiUrl: server.url, bulk, connections: 1 });
  const answer = await sender.send(bulk ? orders : orders.slice(0, 1));
  return { ...answer, received: server.received };
}

describe('one order', () => {
  test('is acknowledged by a 202 with its id, and sent as it is, without an Idempotency-Key', async () => {
    const { received, ...answer } = await send(json(202, accepted('a')), false);

    expect(answer).toEqual({ acknowledged: ['a'], errors: [] });
    expect(received).toMatchObject([
      { method: 'POST', path: '/api/orders', body: JSON.stringify(orders[0]) },
    ]);
    expect(received[0]?.headers).not.toHaveProperty('idempotency-key');
  });

  test.each<[what: string, behaviour: Behaviour, error: string]>([
    ['a 202 with another order', json(202, accepted('b')), 'acknowledged with another order_id'],
    ['a 202 without a body', answerText(202, ''), '202 invalid_response'],
    ['a problem', problem(503, 'kafka_unavailable', { order_id: 'a' }), '503 kafka_unavailable'],
    ['a reset connection', reset, 'ECONNRESET'],
  ])('is an error after %s, and is not sent again', async (_what, behaviour, error) => {
    const { received, ...answer } = await send(behaviour, false);

    expect(answer).toEqual({ acknowledged: [], errors: [error] });
    expect(received).toHaveLength(1);
  });

  test('is an error if nothing listens', async () => {
    const apiUrl = `http://${LOCAL_HOST}:${await freePort()}`;
    using sender = createOrderSender({ apiUrl, bulk: false, connections: 1 });

    expect(await sender.send([anOrder('a')])).toEqual({ acknowledged: [], errors: ['ECONNREFUSED'] });
  });
});

describe('a bulk request', () => {
  test('acknowledges the orders of its results, and the others are errors', async () => {
    const unacknowledged = { index: 1, order_id: 'b', code: 'kafka_unavailable', detail: 'A detail.' };
    const results = [accepted('a'), unacknowledged, accepted('c')];

    const { received, ...answer } = await send(json(207, { accepted: 2, failed: 1, results }), true);

    expect(answer).toEqual({ acknowledged: ['a', 'c'], errors: ['kafka_unavailable'] });
    expect(received).toHaveLength(1);
  });

  test('without a result for an order is an error of this order', async () => {
    const { errors } = await send(json(202, { results: [accepted('a'), accepted('b')] }), true);

    expect(errors).toEqual(['invalid_response']);
  });

  test('that fails is an error of each order', async () => {
    const { errors } = await send(problem(503, 'kafka_unavailable'), true);

    expect(errors).toEqual(Array(3).fill('503 kafka_unavailable'));
  });
});
