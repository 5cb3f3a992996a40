import type { Queryable } from '../../postgres/database.ts';
import { isoTime } from '../../time/time-text.ts';
import type { Attempt } from '../attempt.ts';
import type { Postponement } from '../next-step.ts';

/** Statements of lease holders. They skip an attempt whose lease is lost. */

/** $1 and $2: orders and their leases. Locks in key order, so that two statements cannot deadlock. */
const held = `
    SELECT attempt.order_id FROM fulfilment_attempts AS attempt
    JOIN unnest($1::text[], $2::uuid[]) AS lease (order_id, token)
      ON attempt.order_id = lease.order_id AND attempt.lease_token = lease.token
    ORDER BY attempt.order_id
    FOR UPDATE OF attempt`;

const leases = (attempts: readonly Attempt[]): [string[], string[]] => [
  attempts.map(({ order }) => order.orderId),
  attempts.map(({ leaseToken }) => leaseToken),
];

/** Locks attempts of locked orders. Returns the orders whose lease is still held. */
export async function lockHeldAttempts(
  db: Queryable,
  attempts: readonly Attempt[],
): Promise<ReadonlySet<string>> {
  const { rows } = await db.query<{ order_id: string }>(held, leases(attempts));
  return new Set(rows.map(({ order_id }) => order_id));
}

const postpone = `
  WITH held AS (${held})
  UPDATE fulfilment_attempts AS attempt
  SET next_attempt_at = later.due_at, last_error = later.reason, lease_token = NULL
  FROM held JOIN unnest($1::text[], $3::timestamptz[], $4::text[]) AS later (order_id, due_at, reason) USING (order_id)
  WHERE attempt.order_id = held.order_id`;

/** Sets the next due times of attempts. Returns the number of attempts whose lease was still held. */
export async function postponeAttempts(
  db: Queryable,
  postponements: readonly Postponement[],
): Promise<number> {
  const { rowCount } = await db.query(postpone, [
    ...leases(postponements.map(({ attempt }) => attempt)),
    postponements.map(({ dueAt }) => isoTime(dueAt)),
    postponements.map(({ reason }) => reason),
  ]);
  return rowCount ?? 0;
}

const release = `
  WITH held AS (${held})
  UPDATE fulfilment_attempts AS attempt
  SET attempts = attempts - 1, next_attempt_at = $3, lease_token = NULL
  FROM held WHERE attempt.order_id = held.order_id`;

/** Releases attempts whose calls did not start: due at once, and not counted. */
export async function releaseAttempts(
  db: Queryable,
  attempts: readonly Attempt[],
  now: number,
): Promise<void> {
  await db.query(release, [...leases(attempts), isoTime(now)]);
}

const exhaust = `
  UPDATE fulfilment_attempts SET next_attempt_at = NULL, lease_token = NULL, last_error = reasons.reason
  FROM unnest($1::text[], $2::text[]) AS reasons (order_id, reason)
  WHERE fulfilment_attempts.order_id = reasons.order_id`;

/** Marks locked attempts as exhausted. They are kept for a retry command. */
export async function exhaustAttempts(
  db: Queryable,
  exhausted: readonly { readonly orderId: string; readonly reason: string }[],
): Promise<void> {
  await db.query(exhaust, [exhausted.map(({ orderId }) => orderId), exhausted.map(({ reason }) => reason)]);
}
