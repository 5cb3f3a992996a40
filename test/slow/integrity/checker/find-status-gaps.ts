import type { OrderStatusEvent } from '../../../../lib/orders/status-event.ts';
import type { Evidence } from './evidence.ts';
import type { HistoryLine, OrderRow } from './observations.ts';

/** Finds orders whose last stored status is not on `orders.status`, and events without a stored version. */
export function findStatusGaps(evidence: Evidence): string[] {
  const { statusEvents, orders } = evidence.observations;
  const readable = statusEvents.flatMap(({ event }) => event ?? []);
  const eventsOf = Map.groupBy(readable, ({ order_id }) => order_id);
  return [
    ...statusEvents
      .filter(({ event }) => event === null)
      .map(({ partition, offset }) => `orders.status ${partition}/${offset}: cannot be read`),
    ...readable.flatMap((event) => {
      const row = evidence.rows.get(event.order_id)?.[0];
      const line = (evidence.lines.get(event.order_id) ?? []).find(
        ({ version }) => version === event.version,
      );
      const fault = faultOf(event, row, line);
      return fault === undefined ? [] : [`${event.order_id}: ${fault}`];
    }),
    ...orders.flatMap(({ orderId, version }) => {
      const highest = Math.max(0, ...(eventsOf.get(orderId) ?? []).map((event) => event.version));
      return highest < version ? [`${orderId}: is at version ${version}, but ${highest} was published`] : [];
    }),
  ];
}

function faultOf(
  { version, status, status_reason, customer_id, at }: OrderStatusEvent,
  row: OrderRow | undefined,
  line: HistoryLine | undefined,
): string | undefined {
  if (row === undefined || line === undefined) {
    return `version ${version} was published but is not stored`;
  }
  const isAsStored =
    status === line.status &&
    status_reason === line.statusReason &&
    customer_id === row.customerId &&
    Date.parse(at) === line.at;
  return isAsStored ? undefined : `version ${version} was published with other content than is stored`;
}
