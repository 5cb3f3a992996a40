import type { StoredOrder } from '../../orders/order.ts';
import type { Queryable } from '../../postgres/database.ts';
import { isoTime } from '../../time/time-text.ts';

const insertStatus = `
  INSERT INTO outbox (created_at, kind, order_ids, versions, traceparents)
  VALUES ($1, 'order_status', $2, $3, $4::jsonb)
  RETURNING id`;

/**
 * Inserts a row to publish the status of these orders at these versions, with the contexts of the sampled ones. Returns the
 * id of the row.
 */
export async function insertStatusOutbox(
  db: Queryable,
  orders: readonly Pick<StoredOrder, 'orderId' | 'version'>[],
  now: number,
  traceparents?: ReadonlyMap<string, string>,
): Promise<string> {
  const { rows } = await db.query<{ id: string }>(insertStatus, [
    isoTime(now),
    orders.map(({ orderId }) => orderId),
    orders.map(({ version }) => version),
    traceparents === undefined ? null : JSON.stringify(Object.fromEntries(traceparents)),
  ]);
  return rows[0]?.id ?? '';
}

/** Deletes rows whose messages were acknowledged. */
export async function deleteOutbox(db: Queryable, ids: readonly string[]): Promise<void> {
  await db.query('DELETE FROM outbox WHERE id = ANY ($1::bigint[])', [ids]);
}

const parked = 'UPDATE outbox SET set_aside_at = $2, error = $3 WHERE id = $1';

/** Parks a row that cannot be published, with the reason. A parked row does not block others. */
export async function parkOutbox(db: Queryable, id: string, error: string, now: number): Promise<void> {
  await db.query(parked, [id, isoTime(now), error]);
}

/** The table is a queue of few rows, so a full scan is cheap. */
const measureStatement = `
  SELECT count(*) FILTER (WHERE set_aside_at IS NULL)::int AS rows,
         coalesce(extract(epoch FROM $1::timestamptz - min(created_at) FILTER (WHERE set_aside_at IS NULL)), 0)::float8 AS age,
         count(set_aside_at)::int AS set_aside
  FROM outbox`;

export interface OutboxMeasure {
  /** Rows to publish, including those just written. */
  readonly rows: number;
  /** The age of the oldest of these rows. */
  readonly ageSeconds: number;
  /** Parked rows, which Kafka will never accept. */
  readonly parked: number;
}

export async function measureOutbox(db: Queryable, now: number): Promise<OutboxMeasure> {
  const { rows } = await db.query<{ rows: number; age: number; set_aside: number }>(measureStatement, [
    isoTime(now),
  ]);
  const [{ rows: waiting, age, set_aside: parked } = { rows: 0, age: 0, set_aside: 0 }] = rows;
  return { rows: waiting, ageSeconds: Math.max(age, 0), parked };
}
