import pg from 'pg';
import { CUSTOMERS, PRODUCTS } from './prepared-events.ts';
import { partitionOrders, type TableLayout } from './table-layouts.ts';

const CHUNK = 250_000;
const SECONDS_BETWEEN_ORDERS = 6;

/** The time of order `i` of `$1`, and the first digits of its id: its time, as in a UUIDv7. */
const timesOf = (positions: string): string => `
  SELECT i, at, lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') AS time
  FROM ${positions} AS i,
    LATERAL (SELECT now() - make_interval(secs => ($1::int - i) * ${SECONDS_BETWEEN_ORDERS})) AS times (at)`;

const idBeginning = `left(time, 8) || '-' || right(time, 4)`;

/** Inserts orders `$2` to `$3` of `$1`, evenly spread over time, with time-ordered ids like UUIDv7. */
const seedChunk = `
  WITH seeded AS (
    SELECT at, ${idBeginning} || '-7' || left(chance, 3) || '-8' || substr(chance, 4, 3) || '-' || right(chance, 12) AS order_id
    FROM (${timesOf('generate_series($2::int, $3::int)')}) AS times, md5(i::text) AS chance
  )
  INSERT INTO orders (order_id, customer_id, product_id, quantity, price_cents, total_cents,
                      status, version, created_at, updated_at, created_by)
  SELECT order_id, 'customer-' || floor(random() * ${CUSTOMERS}), 'product-' || floor(random() * ${PRODUCTS}),
         1, 1999, 1999, 'COMPLETED', 1, at, at, gen_random_uuid()
  FROM seeded`;

/**
 * Fills an empty database with orders of several months, inside the server. Builds keys and indexes afterwards, which is
 * faster. Ends with a checkpoint and fresh statistics.
 */
export async function seedOrders(
  databaseUrl: string,
  orders: number,
  layout: TableLayout = 'plain',
): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('SET statement_timeout = 0');
    await client.query(`SET maintenance_work_mem = '512MB'`);
    if (layout !== 'plain') {
      await partitionOrders(client, layout, orders, (position) => idAt(client, orders, position));
    }
    const rebuild = await dropIndexes(client);
    for (let first = 1; first <= orders; first += CHUNK) {
      await client.query(seedChunk, [orders, first, Math.min(first + CHUNK - 1, orders)]);
    }
    for (const statement of rebuild) {
      await client.query(statement);
    }
    await client.query('VACUUM ANALYZE');
    await client.query('CHECKPOINT');
  } finally {
    await client.end();
  }
}

/** Drops the primary key and the indexes. Returns the statements that create them again. */
async function dropIndexes(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ drop: string; create: string }>(`
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop,
           format('ALTER TABLE %s ADD %s', conrelid::regclass, pg_get_constraintdef(oid)) AS create
    FROM pg_constraint
    WHERE contype = 'p' AND conrelid = 'orders'::regclass
    UNION ALL
    SELECT format('DROP INDEX %s', indexrelid::regclass), replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ')
    FROM pg_index WHERE indrelid = 'orders'::regclass AND NOT indisprimary`);
  for (const { drop } of rows) {
    await client.query(drop);
  }
  return rows.map(({ create }) => create);
}

async function idAt(client: pg.Client, orders: number, position: number): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `SELECT ${idBeginning} AS id FROM (${timesOf('generate_series($2::int, $2::int)')}) AS times`,
    [orders, position],
  );
  return rows[0]?.id ?? '';
}
