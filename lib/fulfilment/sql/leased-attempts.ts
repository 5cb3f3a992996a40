import type { Queryable } from '../../postgres/database.ts';
import { isoTime } from '../../time/time-text.ts';
import type { Attempt } from '../attempt.ts';
import type { Postponement } from '../next-step.ts';

/** What the holders of leases write: nothing where somebody else has the lease by now. */

/** $1 and $2: orders and the leases on them. In key order, so that two of these cannot deadlock. */
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

/** Locks attempts whose orders are locked, and says for which orders the lease is still held. */
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

/** Lets the attempts fall due again. Returns how many those are whose lease was still held. */
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

/** Gives back attempts whose calls were not begun: due at once, and not counted. */
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

/** Keeps what is known of attempts that are locked and given up, for when they are asked for again. */
export async function exhaustAttempts(
  db: Queryable,
  givenUp: readonly { readonly orderId: string; readonly reason: string }[],
): Promise<void> {
  await db.query(exhaust, [givenUp.map(({ orderId }) => orderId), givenUp.map(({ reason }) => reason)]);
}
