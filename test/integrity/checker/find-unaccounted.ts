import { endStatuses } from '../../../lib/orders/order.ts';
import type { Evidence } from './evidence.ts';

/** What is neither done, nor waiting with a time, nor a dead letter: nobody would ever come back to it. */
export function findUnaccounted({ observations, rows }: Evidence): string[] {
  const { orders, attempts, outbox } = observations;
  const attemptsOf = new Map(attempts.map((row) => [row.orderId, row]));
  return [
    ...orders
      .filter(({ status }) => !endStatuses.has(status))
      .filter(({ orderId }) => attemptsOf.get(orderId)?.nextAttemptAt == null)
      .map(({ orderId, status }) => `${orderId}: is ${status}, and no attempt is due`),
    ...attempts
      .filter(({ nextAttemptAt }) => nextAttemptAt !== null)
      .map(({ orderId }) => ({ orderId, status: rows.get(orderId)?.[0]?.status }))
      .filter(({ status }) => status !== 'PROCESSING')
      .map(
        ({ orderId, status }) =>
          `${orderId}: is ${status ?? 'not stored'}, and an attempt is due all the same`,
      ),
    ...outbox.map(({ id, kind, error }) =>
      error === null
        ? `outbox ${id}: ${kind} is not published`
        : `outbox ${id}: ${kind} is set aside: ${error}`,
    ),
  ];
}
