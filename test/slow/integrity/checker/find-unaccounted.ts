import { endStatuses } from '../../../../lib/orders/order.ts';
import type { Evidence } from './evidence.ts';

/** Finds work that remains after a run should have drained. */
export function findUnaccounted({ observations, rows }: Evidence): string[] {
  const { orders, attempts, outbox } = observations;
  return [
    ...orders
      .filter(({ status }) => !endStatuses.has(status))
      .map(({ orderId, status }) => `${orderId}: is ${status} and has not ended`),
    ...attempts
      .map(({ orderId }) => ({ orderId, status: rows.get(orderId)?.[0]?.status }))
      .filter(({ status }) => status !== 'PROCESSING')
      .map(
        ({ orderId, status }) =>
          `${orderId}: is ${status ?? 'not stored'}, but a row of its attempts remains`,
      ),
    ...outbox.map(({ id, kind, error }) =>
      error === null ? `outbox ${id}: ${kind} is not published` : `outbox ${id}: ${kind} is parked: ${error}`,
    ),
  ];
}
