import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ListPosition, OrderFilter, StoredOrder } from '../../../../lib/orders/order.ts';
import { selectOrdersPage } from '../../../../lib/orders/sql/select-orders.ts';
import { insertOrders } from '../../../../lib/orders/sql/write-orders.ts';
import type { Queryable } from '../../../../lib/postgres/database.ts';
import { freshDatabase, queryOnce, type TestDatabase } from '../../../support/database.ts';
import { aStoredOrder } from '../../../support/stored-orders.ts';

const noon = Date.parse('2026-11-01T12:00:00Z');

async function storeOrders(db: TestDatabase, orders: readonly StoredOrder[]): Promise<void> {
  await insertOrders(
    db.database,
    orders.map((order) => ({ order, history: [] })),
    noon,
  );
}

/** Returns the ids of all pages from a position on. Expects every page but the last to be full. */
async function listIds(
  db: TestDatabase,
  filter: OrderFilter,
  limit: number,
  from?: ListPosition,
): Promise<string[]> {
  const ids: string[] = [];
  let after = from;
  let pages = 0;
  do {
    const page = await selectOrdersPage(db.database, filter, after, limit);
    pages += 1;
    ids.push(...page.orders.map(({ orderId }) => orderId));
    after = page.next;
  } while (after !== undefined);
  expect(pages).toBe(Math.max(1, Math.ceil(ids.length / limit)));
  return ids;
}

/** Sorts as the list must: by time, then by the bytes of the id, both descending. */
function newestFirst(orders: readonly StoredOrder[]): string[] {
  return orders
    .toSorted((a, b) => b.createdAt - a.createdAt || (a.orderId < b.orderId ? 1 : -1))
    .map(({ orderId }) => orderId);
}

describe('a list of orders, many of them created in the same millisecond', () => {
  let db: TestDatabase;
  const prefixes = ['a', 'B', 'a-', 'a.', 'A:', 'z_', '0', 'Z'];
  const orders = prefixes.flatMap((prefix, p) =>
    Array.from({ length: 12 }, (_, index) =>
      aStoredOrder({
        orderId: `${prefix}${index}`,
        customerId: `c-${index % 3}`,
        productId: `p-${p % 3}`,
        status: (['PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED'] as const)[(index + p) % 4] ?? 'FAILED',
        createdAt: noon + ((index * p) % 4),
      }),
    ),
  );

  beforeAll(async () => {
    db = await freshDatabase();
    await storeOrders(db, orders);
  });
  afterAll(async () => {
    await db[Symbol.asyncDispose]();
  });

  test.each([1, 7, orders.length - 1, orders.length, 200])(
    'contains each order once, newest first, in pages of %i',
    async (limit) => {
      expect(await listIds(db, {}, limit)).toEqual(newestFirst(orders));
    },
  );

  test('returns orders as they are stored', async () => {
    const { orders: page } = await selectOrdersPage(db.database, { customerId: 'c-1' }, undefined, 200);

    expect(page[0]).toEqual(orders.find(({ orderId }) => orderId === page[0]?.orderId));
  });

  test('contains, for any filter and page size, exactly the orders that pass it', async () => {
    const time = fc.integer({ min: noon - 1, max: noon + 5 });
    const filters = fc.record<OrderFilter>(
      {
        status: fc.constantFrom('PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED'),
        customerId: fc.constantFrom('c-0', 'c-1', 'nobody'),
        productId: fc.constantFrom('p-0', 'p-1'),
        createdFrom: time,
        createdTo: time,
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(filters, fc.constantFrom(3, 20, 200), async (filter, limit) => {
        const passing = orders.filter(
          (order) =>
            (filter.status === undefined || order.status === filter.status) &&
            (filter.customerId === undefined || order.customerId === filter.customerId) &&
            (filter.productId === undefined || order.productId === filter.productId) &&
            (filter.createdFrom === undefined || order.createdAt >= filter.createdFrom) &&
            (filter.createdTo === undefined || order.createdAt < filter.createdTo),
        );
        expect(await listIds(db, filter, limit)).toEqual(newestFirst(passing));
      }),
      { numRuns: 200 },
    );
  });
});

test('orders inserted between two pages shift nothing: the next page continues after the last order, with those inserted there', async () => {
  await using db = await freshDatabase();
  const before = ['b', 'd', 'f', 'h'].map((orderId) => aStoredOrder({ orderId, createdAt: noon }));
  await storeOrders(db, before);

  const first = await selectOrdersPage(db.database, {}, undefined, 2);
  await storeOrders(db, [
    aStoredOrder({ orderId: 'newer', createdAt: noon + 1 }),
    aStoredOrder({ orderId: 'older', createdAt: noon - 1 }),
    ...['a', 'c', 'e', 'g', 'i'].map((orderId) => aStoredOrder({ orderId, createdAt: noon })),
  ]);
  const rest = await listIds(db, {}, 2, first.next);

  expect(first.orders.map(({ orderId }) => orderId)).toEqual(['h', 'f']);
  expect(rest).toEqual(['e', 'd', 'c', 'b', 'a', 'older']);
});

describe('a page of 30,000 orders', () => {
  const LIMIT = 100;
  let db: TestDatabase;

  beforeAll(async () => {
    db = await freshDatabase();
    // The time limit of a query is for requests.
    await queryOnce(
      db.url,
      `INSERT INTO orders
      SELECT 'o-' || g, CASE WHEN g % 2 = 0 THEN 'often' WHEN g % 10007 = 1 THEN 'seldom' ELSE 'c-' || g % 500 END,
             CASE WHEN g % 3 <> 0 THEN 'often' WHEN g % 10007 = 3 THEN 'seldom' ELSE 'p-' || g % 500 END, 1, 100, 100,
             CASE WHEN g % 20 = 0 THEN 'FAILED' WHEN g % 9973 = 1 THEN 'PROCESSING' ELSE 'COMPLETED' END,
             NULL, 1, to_timestamp(g / 7), to_timestamp(g / 7)
      FROM generate_series(1, 30000) AS g ORDER BY hashint4(g)`,
    );
    await queryOnce(db.url, 'ANALYZE orders');
  });
  afterAll(async () => {
    await db[Symbol.asyncDispose]();
  });

  /** Returns how many blocks a page reads, and the steps of its plan. */
  async function explain(filter: OrderFilter, after: ListPosition | undefined) {
    let plan = '';
    const explained: Queryable = {
      query: async (text, values) => {
        const { rows } = await db.database.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, values);
        plan = JSON.stringify(rows);
        return db.database.query(text, values);
      },
    };
    await selectOrdersPage(explained, filter, after, LIMIT);
    return {
      blocks: Number(/"Shared Hit Blocks":(\d+)/.exec(plan)?.[1]),
      steps: [...plan.matchAll(/"Node Type":"([^"]+)"/g)].map(([, step]) => step),
    };
  }

  test.each<[string, OrderFilter]>([
    ['no filter', {}],
    ['a status that most have', { status: 'COMPLETED' }],
    ['a status that some have', { status: 'FAILED' }],
    ['a status that hardly any has', { status: 'PROCESSING' }],
    ['a status that none has', { status: 'CANCELLED' }],
    ['a customer of half of them', { customerId: 'often' }],
    ['a customer of few', { customerId: 'seldom' }],
    ['a product of most', { productId: 'often' }],
    ['a product of few', { productId: 'seldom' }],
    ['a beginning', { createdFrom: 1_000_000 }],
    ['an end', { createdTo: 3_000_000 }],
    ['a short range', { createdFrom: 2_000_000, createdTo: 2_010_000 }],
    ['a customer in a range', { customerId: 'often', createdTo: 3_000_000 }],
  ])(
    'reads only its own rows through an index, at the start and deep in the list: %s',
    async (_case, filter) => {
      const deep = { createdAt: 400_000, orderId: 'o-2800' };

      const plans = [await explain(filter, undefined), await explain(filter, deep)];

      for (const { blocks, steps } of plans) {
        expect(steps).toContainEqual(expect.stringContaining('Index Scan'));
        expect(steps).not.toContain('Seq Scan');
        expect(blocks).toBeLessThan(LIMIT * 1.5);
      }
    },
  );
});
