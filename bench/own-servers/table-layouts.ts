import type pg from 'pg';

/** The layout of `orders`. The migrations create the plain table. */
export type TableLayout = 'plain' | 'hash' | 'range';

const HASH_PARTITIONS = 16;
/** A partition of the range layout holds this many orders; the newest, which gets the new orders, starts half full. */
const ORDERS_PER_RANGE = 500_000;

/**
 * Replaces the empty table of the migrations by a partitioned one with the same columns, keys and indexes. The view of the
 * history still reads the old table, and the triggers stay there: new orders need neither. The partition key is `order_id`,
 * because a primary key must contain it: https://www.postgresql.org/docs/17/ddl-partitioning.html. The ranges are ranges of
 * time, because an id begins with its time.
 * @param idAt the id of the order with this position, which begins a range
 */
export async function partitionOrders(
  client: pg.Client,
  layout: Exclude<TableLayout, 'plain'>,
  orders: number,
  idAt: (position: number) => Promise<string>,
): Promise<void> {
  const bounds = layout === 'hash' ? hashBounds() : await rangeBounds(orders, idAt);
  await client.query('ALTER TABLE orders RENAME TO plain_orders');
  await client.query(
    `CREATE TABLE orders (LIKE plain_orders INCLUDING ALL) PARTITION BY ${layout.toUpperCase()} (order_id)`,
  );
  for (const [index, bound] of bounds.entries()) {
    await client.query(`CREATE TABLE orders_${index} PARTITION OF orders FOR VALUES ${bound}`);
  }
}

const hashBounds = (): string[] =>
  Array.from(
    { length: HASH_PARTITIONS },
    (_, remainder) => `WITH (MODULUS ${HASH_PARTITIONS}, REMAINDER ${remainder})`,
  );

async function rangeBounds(orders: number, idAt: (position: number) => Promise<string>): Promise<string[]> {
  const limits = ['MINVALUE'];
  for (let position = ORDERS_PER_RANGE / 2; position < orders; position += ORDERS_PER_RANGE) {
    limits.splice(1, 0, `'${await idAt(orders - position)}'`);
  }
  return limits.map((from, index) => `FROM (${from}) TO (${limits[index + 1] ?? 'MAXVALUE'})`);
}
