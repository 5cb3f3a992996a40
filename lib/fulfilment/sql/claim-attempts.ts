import { type RecordRow, recordColumns, recordOf } from '../../orders/sql/record-columns.ts';
import { type OrderRow, orderColumns, storedOrder } from '../../orders/sql/select-orders.ts';
import type { Queryable } from '../../postgres/database.ts';
import { isoTime } from '../../time/time-text.ts';
import type { Attempt } from '../attempt.ts';

interface AttemptRow extends OrderRow, RecordRow {
  readonly attempts: number;
  readonly retried_after: number;
  readonly waiting_since: Date;
  readonly lease_token: string;
}

/** $1 is the end of the lease. The inner statement uses $2 and higher. Skips locked rows. */
const claimSelected = (selected: string): string => `
  WITH selected AS (
    ${selected}
    FOR UPDATE SKIP LOCKED
  ), claimed AS (
    UPDATE fulfilment_attempts AS attempt
    SET attempts = attempt.attempts + 1, lease_token = gen_random_uuid(), next_attempt_at = $1
    FROM selected WHERE attempt.order_id = selected.order_id
    RETURNING attempt.*
  )
  SELECT ${orderColumns}, attempts, retried_after, waiting_since, lease_token, ${recordColumns}
  FROM claimed JOIN orders USING (order_id)`;

const claimDueStatement = claimSelected(`
    SELECT order_id FROM fulfilment_attempts
    WHERE next_attempt_at <= $2
    ORDER BY next_attempt_at
    LIMIT $3`);

/** Claims up to `limit` due attempts, the longest waiting first. */
export async function claimDueAttempts(
  db: Queryable,
  limit: number,
  now: number,
  leasedUntil: number,
): Promise<Attempt[]> {
  const values = [isoTime(leasedUntil), isoTime(now), limit];
  const { rows } = await db.query<AttemptRow>(claimDueStatement, values);
  return rows.map((row) => attemptOf(row, leasedUntil));
}

/** An order without a call is due at once, even if the clocks of two processes differ. */
const claimOfOrdersStatement = claimSelected(`
    SELECT order_id FROM fulfilment_attempts
    WHERE order_id = ANY ($3::text[])
      AND (next_attempt_at <= $2 OR (lease_token IS NULL AND attempts = retried_after))`);

/** Claims the attempts of these orders, except those that wait for a retry or are leased. */
export async function claimAttemptsOfOrders(
  db: Queryable,
  orderIds: readonly string[],
  now: number,
  leasedUntil: number,
): Promise<Attempt[]> {
  const values = [isoTime(leasedUntil), isoTime(now), orderIds];
  const { rows } = await db.query<AttemptRow>(claimOfOrdersStatement, values);
  return rows.map((row) => attemptOf(row, leasedUntil));
}

function attemptOf(row: AttemptRow, leasedUntil: number): Attempt {
  return {
    order: storedOrder(row),
    leaseToken: row.lease_token,
    leasedUntil,
    attempts: row.attempts,
    retriedAfter: row.retried_after,
    waitingSince: row.waiting_since.getTime(),
    record: recordOf(row),
  };
}
