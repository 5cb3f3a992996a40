import { type OrderRow, orderColumns, storedOrder } from '../../lib/orders/sql/select-orders.ts';
import type { Queryable } from '../../lib/postgres/database.ts';
import type { StoredLoadOrder } from './verdict.ts';

/** Keeps each statement far below the timeout of a read. */
const PAGE = 10_000;

/** Returns a text that sorts after every order id of a run: the ids continue with digits. */
const endOfRun = (prefix: string): string => `${prefix}:`;

export async function countStored(db: Queryable, prefix: string): Promise<number> {
  const { rows } = await db.query<{ stored: number }>(
    'SELECT count(*)::int AS stored FROM orders WHERE order_id >= $1 AND order_id < $2',
    [prefix, endOfRun(prefix)],
  );
  return rows[0]?.stored ?? 0;
}

/** Returns the ids of COMPLETED orders. */
export async function selectCompleted(db: Queryable, orderIds: readonly string[]): Promise<string[]> {
  const { rows } = await db.query<{ order_id: string }>(
    `SELECT order_id FROM orders WHERE order_id = ANY ($1::text[]) AND status = 'COMPLETED'`,
    [orderIds],
  );
  return rows.map(({ order_id }) => order_id);
}

/** Returns every order of a run, by id. */
export async function selectRun(db: Queryable, prefix: string): Promise<StoredLoadOrder[]> {
  const all: StoredLoadOrder[] = [];
  for (;;) {
    const { rows } = await db.query<OrderRow & { history_entries: number }>(
      `SELECT ${orderColumns},
         (SELECT count(*)::int FROM order_status_history h WHERE h.order_id = o.order_id) AS history_entries
       FROM orders o WHERE order_id > $1 AND order_id < $2 ORDER BY order_id LIMIT ${PAGE}`,
      [all.at(-1)?.orderId ?? prefix, endOfRun(prefix)],
    );
    all.push(...rows.map((row) => ({ ...storedOrder(row), historyEntries: row.history_entries })));
    if (rows.length < PAGE) {
      return all;
    }
  }
}

/** Returns the keys (order ids) of a run's dead letters. Compares bytes, because a key may not be text. */
export async function selectDeadLetters(db: Queryable, prefix: string): Promise<string[]> {
  const { rows } = await db.query<{ key: Buffer }>(
    'SELECT key FROM dead_letters WHERE substring(key FROM 1 FOR length($1::bytea)) = $1::bytea ORDER BY id',
    [Buffer.from(prefix)],
  );
  return rows.map(({ key }) => key.toString());
}
