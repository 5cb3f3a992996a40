import { plainArray, textArray } from '../../postgres/array-literal.ts';
import { isoTime } from '../../time/iso-time.ts';
import type { HistoryEntry } from '../transition.ts';

/** Columns of `order_status_history`, and the arrays that `unnest` makes its rows from, in one order. */
export const historyColumns = 'order_id, event_id, event_type, version, status, status_reason, at';

/** The arrays' types, as parameters from `$first` on. */
export function historyArrays(first: number): string {
  const types = ['text', 'uuid', 'text', 'int', 'text', 'text', 'timestamptz'];
  return types.map((type, index) => `$${first + index}::${type}[]`).join(', ');
}

export function historyValues(history: readonly HistoryEntry[]): string[] {
  return [
    textArray(history, (entry) => entry.orderId),
    plainArray(history, (entry) => entry.eventId),
    textArray(history, (entry) => entry.eventType),
    plainArray(history, (entry) => entry.version),
    textArray(history, (entry) => entry.status),
    textArray(history, (entry) => entry.statusReason),
    plainArray(history, (entry) => isoTime(entry.at)),
  ];
}
