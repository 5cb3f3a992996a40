import type { OrderStatus } from './order.ts';
import type { HistoryEntry } from './transition.ts';

/** One line of an order's history in answers. */
export interface HistoryView {
  readonly event_id: string;
  readonly event_type: string;
  /** `null` for a command that was refused: it changed nothing. */
  readonly version: number | null;
  readonly status: OrderStatus;
  readonly status_reason: string | null;
  readonly at: string;
}

/** A line of history as clients read it. */
export function historyView(entry: HistoryEntry): HistoryView {
  return {
    event_id: entry.eventId,
    event_type: entry.eventType,
    version: entry.version,
    status: entry.status,
    status_reason: entry.statusReason,
    at: new Date(entry.at).toISOString(),
  };
}
