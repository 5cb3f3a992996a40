import { beforeAll, describe, expect, test } from '@jest/globals';
import { createClient } from '../../client/src/index.ts';
import { apiRequest } from '../support/api-request.ts';
import { type SharedStart, sharedStart } from '../support/npm-start.ts';
import { listWhileOrdersComeIn, storeOrders } from './listed-orders.ts';

/** list-orders.slow.test.ts lists 100,000. */
const STORED = 10_000;
const INCOMING = 300;

let orderly: SharedStart;

beforeAll(async () => {
  orderly = await sharedStart();
  await storeOrders(orderly.databaseUrl, STORED);
});

async function get(path: string) {
  const { status, body } = await apiRequest(orderly.apiUrl, 'GET', path);
  return { status, body };
}

test('all of 10,000 orders are listed by cursor while 300 more come in: each of the first exactly once', async () => {
  const lists = await listWhileOrdersComeIn(orderly.apiUrl, INCOMING);

  for (const { orderIds } of lists) {
    expect(new Set(orderIds).size).toBe(orderIds.length);
    expect(orderIds.filter((id) => id.startsWith('stored-'))).toHaveLength(STORED);
  }
  expect(lists.some(({ orderIds }) => orderIds.some((id) => id.startsWith('incoming-')))).toBe(true);
});

describe('the list', () => {
  test('pages through the orders that match the filters', async () => {
    const filters = `status=COMPLETED&customer_id=listed-7&created_to=${encodeURIComponent(new Date().toISOString())}`;

    const first = await get(`/api/orders?${filters}&limit=60`);
    const second = await get(`/api/orders?${filters}&limit=60&cursor=${first.body.next_cursor}`);

    expect([first.status, second.status]).toEqual([200, 200]);
    expect(first.body.orders).toHaveLength(60);
    expect(second.body.orders).toHaveLength(40);
    expect(second.body.next_cursor).toBeNull();
    expect(second.body.orders).toContainEqual(
      expect.objectContaining({
        order_id: `stored-${STORED - 93}`, // the oldest of this customer
        total_amount: 19.99,
        status: 'COMPLETED',
        version: 1,
      }),
    );
  });

  test('with other filters rejects the cursor, and names unknown parameters', async () => {
    const { body } = await get('/api/orders?limit=1');

    const other = await get(`/api/orders?status=FAILED&cursor=${body.next_cursor}`);
    const unknown = await get('/api/orders?page=2&created_from=2026-11-01T10:00:00+02:00');
    const twice = await get('/api/orders?customer_id=a&customer_id=b');

    expect(other).toMatchObject({
      status: 400,
      body: { code: 'validation_failed', errors: [{ path: 'cursor' }] },
    });
    expect(unknown).toMatchObject({
      status: 400,
      body: {
        errors: [
          { path: 'created_from', message: expect.stringContaining('in a URL, + is %2B') },
          { path: 'page', message: 'is not a known field' },
        ],
      },
    });
    expect(twice).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'customer_id', message: 'must not be given twice' }] },
    });
  });
});

describe('the history of an order', () => {
  test('contains each status with its time and cause', async () => {
    const client = createClient({ baseUrl: orderly.apiUrl });
    const order_id = 'with-history';
    await client.create({ order_id, customer_id: 'c', product_id: 'p', quantity: 1, price: 1 });
    const order = await client.waitFor(order_id);

    const history = await client.history(order_id);

    expect(history).toEqual({
      order_id,
      history: [
        {
          event_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
          event_type: 'order.created',
          version: 1,
          status: 'COMPLETED',
          status_reason: null,
          at: order.updated_at,
        },
      ],
      truncated: false,
    });
  });

  test('of an order that is not stored is a 404, and takes no parameters', async () => {
    expect(await get('/api/orders/unknown/history')).toMatchObject({
      status: 404,
      body: { code: 'order_not_found', order_id: 'unknown' },
    });
    expect(await get('/api/orders/.bad/history')).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'order_id' }] },
    });
    expect(await get('/api/orders/with-history/history?limit=1')).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'limit' }] },
    });
  });
});
