import pg from 'pg';
import { CUSTOMERS, PRODUCTS } from './prepared-events.ts';

const CHUNK = 250_000;
const SECONDS_BETWEEN_ORDERS = 6;

/** Inserts orders `$1` to `$2` of `$3`, evenly spread over time, with time-ordered ids like UUIDv7. */
const seedChunk = `
  WITH seeded AS (
    SELECT at, lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') AS time, md5(i::text) AS chance
    FROM generate_series($1::int, $2::int) AS i,
      LATERAL (SELECT now() - make_interval(secs => ($3::int - i) * ${SECONDS_BETWEEN_ORDERS})) AS times (at)
  ), inserted AS (
    INSERT INTO orders (order_id, customer_id, product_id, quantity, price_cents, total_cents,
                        status, version, created_at, updated_at)
    SELECT left(time, 8) || '-' || right(time, 4) || '-7' || left(chance, 3) || '-8' || substr(chance, 4, 3) || '-'
             || right(chance, 12),
           'customer-' || floor(random() * ${CUSTOMERS}), 'product-' || floor(random() * ${PRODUCTS}),
           1, 1999, 1999, 'COMPLETED', 1, at, at
    FROM seeded
    RETURNING order_id, created_at
  )
  INSERT INTO order_status_history (order_id, event_id, event_type, version, status, at)
  SELECT order_id, gen_random_uuid(), 'order.created', 1, 'COMPLETED', created_at FROM inserted`;

/**
 * Fills an empty database with orders of several months, inside the server. Builds the list indexes afterwards, which is
 * faster. Ends with a checkpoint and fresh statistics.
 */
export async function seedOrders(databaseUrl: string, orders: number): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('SET statement_timeout = 0');
    await client.query(`SET maintenance_work_mem = '512MB'`);
    const { rows: indexes } = await client.query<{ indexname: string; indexdef: string }>(
      `SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'orders' AND indexname <> 'orders_pkey'`,
    );
    await client.query(`DROP INDEX ${indexes.map(({ indexname }) => indexname).join(', ')}`);
    for (let first = 1; first <= orders; first += CHUNK) {
      await client.query(seedChunk, [first, Math.min(first + CHUNK - 1, orders), orders]);
    }
    for (const { indexdef } of indexes) {
      await client.query(indexdef);
    }
    await client.query('VACUUM ANALYZE');
    await client.query('CHECKPOINT');
  } finally {
    await client.end();
  }
}
