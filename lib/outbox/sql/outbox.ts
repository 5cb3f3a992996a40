import type { StoredOrder } from '../../orders/order.ts';
import type { Queryable } from '../../postgres/database.ts';
import { isoTime } from '../../time/iso-time.ts';

const insertStatus = `
  INSERT INTO outbox (created_at, kind, order_ids, versions)
  VALUES ($1, 'order_status', $2, $3)
  RETURNING id`;

/** Notes that the status of these orders, at these versions, is to be published. Returns the id of the row. */
export async function insertStatusOutbox(
  db: Queryable,
  orders: readonly Pick<StoredOrder, 'orderId' | 'version'>[],
  now: number,
): Promise<string> {
  const { rows } = await db.query<{ id: string }>(insertStatus, [
    isoTime(now),
    orders.map(({ orderId }) => orderId),
    orders.map(({ version }) => version),
  ]);
  return rows[0]?.id ?? '';
}

/** Forgets rows whose messages Kafka has acknowledged. */
export async function deleteOutbox(db: Queryable, ids: readonly string[]): Promise<void> {
  await db.query('DELETE FROM outbox WHERE id = ANY ($1::bigint[])', [ids]);
}

const parked = 'UPDATE outbox SET set_aside_at = $2, error = $3 WHERE id = $1';

/** Keeps a row that cannot be published, out of the others' way, with the reason. */
export async function parkOutbox(db: Queryable, id: string, error: string, now: number): Promise<void> {
  await db.query(parked, [id, isoTime(now), error]);
}
