import { COUNTED_AT_MOST } from '../../postgres/counted-at-most.ts';
import type { Queryable } from '../../postgres/database.ts';

/** In an index's order, or many of them would be looked for by reading the table from its front, where the oldest orders are. */
const statement = `
  SELECT count(*)::int AS orders
  FROM (
    SELECT FROM orders WHERE status = 'PROCESSING' ORDER BY created_at, order_id LIMIT ${COUNTED_AT_MOST}
  ) AS processing`;

/** Orders that wait for the outcome of their fulfilment. */
export async function countProcessingOrders(db: Queryable): Promise<number> {
  return (await db.query<{ orders: number }>(statement)).rows[0]?.orders ?? 0;
}
