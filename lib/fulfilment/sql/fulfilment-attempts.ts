import type { KafkaRecord } from '../../orders/command.ts';
import type { PendingFulfilment } from '../../orders/order-view.ts';
import { recordArrays, recordColumns, recordValues } from '../../orders/sql/record-columns.ts';
import type { Queryable } from '../../postgres/database.ts';
import { MAX_COUNT } from '../../postgres/gauges.ts';
import { isoTime } from '../../time/time-text.ts';

const insert = `
  INSERT INTO fulfilment_attempts (order_id, waiting_since, next_attempt_at, ${recordColumns})
  SELECT order_id, $1::timestamptz, $1::timestamptz, ${recordColumns}
  FROM unnest($2::text[], ${recordArrays(3)}) AS waiting (order_id, ${recordColumns})`;

/** Inserts an attempt per order, due at once, with the record that created the order. */
export async function insertAttempts(
  db: Queryable,
  orders: readonly { orderId: string; record: KafkaRecord }[],
  now: number,
): Promise<void> {
  await db.query(insert, [
    isoTime(now),
    orders.map(({ orderId }) => orderId),
    ...recordValues(orders.map(({ record }) => record)),
  ]);
}

const lock = `
  SELECT order_id, attempts FROM fulfilment_attempts
  WHERE order_id = ANY ($1::text[])
  ORDER BY order_id
  FOR UPDATE`;

/** Locks the attempts of locked orders. Returns the number of calls per order. */
export async function lockAttempts(db: Queryable, orderIds: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await db.query<{ order_id: string; attempts: number }>(lock, [orderIds]);
  return new Map(rows.map(({ order_id, attempts }) => [order_id, attempts]));
}

/** Deletes the attempts of orders that need no more calls. */
export async function deleteAttempts(db: Queryable, orderIds: readonly string[]): Promise<void> {
  await db.query('DELETE FROM fulfilment_attempts WHERE order_id = ANY ($1::text[])', [orderIds]);
}

const resume = `
  UPDATE fulfilment_attempts
  SET next_attempt_at = $1, waiting_since = $1, retried_after = attempts, lease_token = NULL, last_error = NULL
  WHERE order_id = ANY ($2::text[])`;

/** Restarts exhausted attempts: due at once, with their full time and number of calls. */
export async function resumeAttempts(db: Queryable, orderIds: readonly string[], now: number): Promise<void> {
  await db.query(resume, [isoTime(now), orderIds]);
}

const pendingFulfilmentStatement = `
  SELECT attempts, next_attempt_at FROM fulfilment_attempts
  WHERE order_id = $1 AND next_attempt_at IS NOT NULL`;

/** Returns the pending fulfilment of an order; undefined if it is settled. */
export async function selectPendingFulfilment(
  db: Queryable,
  orderId: string,
): Promise<PendingFulfilment | undefined> {
  const { rows } = await db.query<{ attempts: number; next_attempt_at: Date }>(pendingFulfilmentStatement, [
    orderId,
  ]);
  return rows[0] && { attempts: rows[0].attempts, nextAttemptAt: rows[0].next_attempt_at.getTime() };
}

const nextDueStatement = 'SELECT min(next_attempt_at) AS due_at FROM fulfilment_attempts';

/** Returns when the next attempt falls due, in milliseconds since the epoch; undefined if no order waits. */
export async function selectNextDue(db: Queryable): Promise<number | undefined> {
  const { rows } = await db.query<{ due_at: Date | null }>(nextDueStatement);
  return rows[0]?.due_at?.getTime();
}

/** Reads the index from the oldest attempt on. */
const measureDueStatement = `
  SELECT count(*)::int AS attempts, coalesce(extract(epoch FROM $1::timestamptz - min(next_attempt_at)), 0)::float8 AS age
  FROM (
    SELECT next_attempt_at FROM fulfilment_attempts WHERE next_attempt_at <= $1
    ORDER BY next_attempt_at LIMIT ${MAX_COUNT}
  ) AS due`;

export interface DueAttempts {
  /** Calls that are due now, up to `MAX_COUNT`. */
  readonly attempts: number;
  /** The time since the oldest of them fell due. */
  readonly ageSeconds: number;
}

export async function measureDueAttempts(db: Queryable, now: number): Promise<DueAttempts> {
  const { rows } = await db.query<{ attempts: number; age: number }>(measureDueStatement, [isoTime(now)]);
  const [{ attempts, age } = { attempts: 0, age: 0 }] = rows;
  return { attempts, ageSeconds: age };
}
