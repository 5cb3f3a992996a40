import { describe, expect, test } from '@jest/globals';
import { preparedEvents } from '../../../bench/own-servers/prepared-events.ts';
import { processEvent } from '../../../bench/own-servers/process-orders.ts';
import { seedOrders } from '../../../bench/own-servers/seed-orders.ts';
import { freshDatabase } from '../../support/database.ts';

const ORDERS = 2_000;

const indexes = `
  SELECT regexp_replace(pg_get_indexdef(indexrelid), '^CREATE( UNIQUE)? INDEX \\S+ ON (ONLY )?', '\\1 ') AS index
  FROM pg_index WHERE indrelid = 'orders'::regclass ORDER BY 1`;

describe.each([
  ['plain', 0],
  ['hash', 16],
  ['range', 1],
] as const)('tables of the layout "%s"', (layout, partitions) => {
  test('are seeded with all indexes of the migrations, and store a batch of new orders', async () => {
    await using db = await freshDatabase();
    const before = await db.database.query(indexes);
    await seedOrders(db.url, ORDERS, layout);

    await Promise.all(preparedEvents(2, 100).map((event) => processEvent(db.database, event)));

    const { rows } = await db.database.query(`
      SELECT (SELECT count(*) FROM orders)::int AS orders,
             (SELECT count(*) FROM pg_partition_tree('orders') WHERE isleaf)::int AS partitions`);
    expect(rows).toEqual([{ orders: ORDERS + 200, partitions }]);
    expect((await db.database.query(indexes)).rows).toEqual(before.rows);
  });
});
