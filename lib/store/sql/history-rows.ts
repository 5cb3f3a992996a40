import type { HistoryEntry } from '../../orders/transition.ts';
import { toTimestamp } from './timestamp.ts';

/** Columns of `order_status_history`, and the arrays that `unnest` makes its rows from, in one order. */
export const historyColumns = 'order_id, event_id, event_type, version, status, status_reason, at';

/** The arrays' types, as parameters from `$first` on. */
export function historyArrays(first: number): string {
  const types = ['text', 'uuid', 'text', 'int', 'text', 'text', 'timestamptz'];
  return types.map((type, index) => `$${first + index}::${type}[]`).join(', ');
}

export function historyValues(history: readonly HistoryEntry[]): unknown[][] {
  return [
    history.map((entry) => entry.orderId),
    history.map((entry) => entry.eventId),
    history.map((entry) => entry.eventType),
    history.map((entry) => entry.version),
    history.map((entry) => entry.status),
    history.map((entry) => entry.statusReason),
    history.map((entry) => toTimestamp(entry.at)),
  ];
}
