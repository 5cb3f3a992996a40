import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { apiRequest } from '../../support/api-request.ts';
import { type StartOnOwnServers, startOnOwnServers } from '../../support/start-on-own-servers.ts';

/** The documented limit. The producer gives up after 4 s. */
const GIVEN_UP_MS = 5_000;

let stack: StartOnOwnServers;

beforeAll(async () => {
  stack = await startOnOwnServers();
});
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
});

async function request(path: string, body?: unknown) {
  const startedAt = performance.now();
  const method = body === undefined ? 'GET' : 'POST';
  const { headers, ...answer } = await apiRequest(stack.orderly.apiUrl, method, path, body);
  return { ...answer, retryAfter: headers.get('retry-after'), ms: performance.now() - startedAt };
}

const anOrder = (order_id: string) => ({
  order_id,
  customer_id: 'c',
  product_id: 'p',
  quantity: 1,
  price: 1,
});

test('while Kafka is dead a write is 503 within 5 s with Retry-After and the order id, reads continue, and it recovers by itself', async () => {
  await request('/api/orders', anOrder('before-kafka'));
  await request('/api/orders/before-kafka?wait=10');

  stack.kafka.kill();
  await stack.kafka.ended;
  const write = await request('/api/orders', anOrder('kafka-away'));
  const repeat = await request('/api/orders', anOrder('kafka-away'));
  const read = await request('/api/orders/before-kafka');
  const health = await request('/api/health');
  await stack.startKafkaAgain();
  const again = await request('/api/orders', anOrder('kafka-away'));
  const stored = await pollOrder('kafka-away');

  expect(write).toMatchObject({
    status: 503,
    retryAfter: '1',
    body: { code: 'kafka_unavailable', order_id: 'kafka-away' },
  });
  expect(Math.min(write.ms, repeat.ms)).toBeLessThan(GIVEN_UP_MS); // a busy machine may delay one of them
  expect(read.status).toBe(200);
  expect(health).toMatchObject({
    status: 503,
    body: { dependencies: { kafka: { state: 'down' }, database: { state: 'up' } } },
  });
  expect(again.status).toBe(202);
  expect(stored).toBe('COMPLETED');
});

test('while PostgreSQL is unavailable reads are 503, writes are accepted, and the orders complete when it is back', async () => {
  const ids = Array.from({ length: 20 }, (_, index) => `database-away-${index}`);

  await stack.postgres.stop();
  const writes = await Promise.all(ids.map((id) => request('/api/orders', anOrder(id))));
  const read = await request(`/api/orders/${ids[0]}`);
  const health = await request('/api/health');
  await stack.startPostgresAgain();
  const stored = await Promise.all(ids.map((id) => pollOrder(id)));

  expect(writes.map(({ status }) => status)).toEqual(ids.map(() => 202));
  expect(read).toMatchObject({ status: 503, retryAfter: '1', body: { code: 'database_unavailable' } });
  expect(health).toMatchObject({
    status: 503,
    body: { dependencies: { kafka: { state: 'up' }, database: { state: 'down' } } },
  });
  expect(stored).toEqual(ids.map(() => 'COMPLETED'));
});

/** Polls for two waits, because the back-off of the event source may exceed one. */
async function pollOrder(id: string): Promise<unknown> {
  const first = await request(`/api/orders/${id}?wait=20`);
  return (first.status === 200 ? first : await request(`/api/orders/${id}?wait=20`)).body.status;
}
