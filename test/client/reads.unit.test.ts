import { expect, test } from '@jest/globals';
import { createClient, type Order } from '../../client/src/index.ts';
import { json, problem, reset, startUnreliableServer } from './unreliable-server.ts';

const order: Order = {
  order_id: 'o-1',
  customer_id: 'customer-1',
  product_id: 'product-1',
  quantity: 2,
  price: 19.99,
  total_amount: 39.98,
  status: 'COMPLETED',
  status_reason: null,
  version: 1,
  created_at: '2026-11-01T10:00:00.000Z',
  updated_at: '2026-11-01T10:00:01.000Z',
};
const page = (ids: readonly string[], next: string | null) =>
  json(200, { orders: ids.map((order_id) => ({ ...order, order_id })), next_cursor: next });

const impatient = (baseUrl: string) => createClient({ baseUrl, retry: { baseMs: 2 } });
const pathsOf = (received: readonly { path: string }[]): string[] => received.map(({ path }) => path);

test('a list reads page after page as the caller takes orders, and repeats a page that failed', async () => {
  await using server = await startUnreliableServer(
    page(['a', 'b'], 'c1'),
    reset,
    page(['c'], 'c2'),
    page([], null),
  );
  await using client = impatient(server.url);
  const ids: string[] = [];
  const readBefore: number[] = [];

  for await (const { order_id } of client.list({ status: 'FAILED', customer_id: 'a&b=+', limit: 2 })) {
    ids.push(order_id);
    readBefore.push(server.received.length);
  }

  expect(ids).toEqual(['a', 'b', 'c']);
  expect(readBefore).toEqual([1, 1, 3]);
  const first = '/api/orders?status=FAILED&customer_id=a%26b%3D%2B&limit=2';
  expect(pathsOf(server.received)).toEqual([
    first,
    `${first}&cursor=c1`,
    `${first}&cursor=c1`,
    `${first}&cursor=c2`,
  ]);
});

test('a list can be read by page, from a cursor, and ended early', async () => {
  await using server = await startUnreliableServer(page(['a'], 'c2'));
  await using client = impatient(server.url);

  for await (const { next_cursor } of client.list({ cursor: 'c1' }).pages()) {
    expect(next_cursor).toBe('c2');
    break;
  }

  expect(pathsOf(server.received)).toEqual(['/api/orders?cursor=c1']);
});

test('an address with a path, such as a stage of API Gateway, keeps it', async () => {
  await using server = await startUnreliableServer(
    json(200, { order_id: 'o-1', history: [], truncated: false }),
  );
  await using client = impatient(`${server.url}/prod/`);

  await client.history('o-1');

  expect(pathsOf(server.received)).toEqual(['/prod/api/orders/o-1/history']);
});

test('waitFor polls until the order has an end status, through 404 of an order that was just accepted', async () => {
  await using server = await startUnreliableServer(
    problem(404, 'order_not_found'),
    json(200, { ...order, status: 'PROCESSING' }),
    json(200, order),
  );
  await using client = impatient(server.url);

  expect(await client.waitFor('o-1')).toEqual(order);

  expect(pathsOf(server.received)).toEqual(Array(3).fill('/api/orders/o-1?wait=20'));
  const [first, , last] = server.received.map(({ atMs }) => atMs);
  expect(Number(last) - Number(first)).toBeGreaterThan(1_900); // the server answered at once
});

test('waitFor ends when the order is unknown for too long', async () => {
  await using server = await startUnreliableServer(problem(404, 'order_not_found'));
  await using client = impatient(server.url);

  await expect(client.waitFor('o-1', { unknownForMs: 500 })).rejects.toMatchObject({
    code: 'order_not_found',
    orderId: 'o-1',
    retryable: true,
  });
  expect(server.received).toHaveLength(2);
});

test('waitFor does not let the server hold back its answer for longer than the order may be unknown', async () => {
  await using server = await startUnreliableServer(
    problem(404, 'order_not_found'),
    json(200, { ...order, status: 'PROCESSING' }),
    json(200, order),
  );
  await using client = impatient(server.url);

  await client.waitFor('o-1', { unknownForMs: 2_500 });

  expect(pathsOf(server.received)).toEqual([3, 2, 20].map((seconds) => `/api/orders/o-1?wait=${seconds}`));
});

test('waitFor ends when its signal aborts', async () => {
  await using server = await startUnreliableServer(json(200, { ...order, status: 'PROCESSING' }));
  await using client = impatient(server.url);

  await expect(client.waitFor('o-1', { signal: AbortSignal.timeout(100) })).rejects.toMatchObject({
    code: 'aborted',
  });
});
