import { plainArray, textArray } from '../../postgres/array-literal.ts';
import type { Queryable } from '../../postgres/database.ts';
import { isoTime } from '../../time/time-text.ts';
import type { OrderCommand } from '../command.ts';
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

const selectHistoryStatement = `
  SELECT event_id, event_type, version, status, status_reason, at FROM order_status_history
  WHERE order_id = $1
    AND ($3::text IS NULL OR EXISTS (SELECT FROM orders WHERE order_id = $1 AND customer_id = $3))
  ORDER BY at, version NULLS LAST, event_id
  LIMIT $2`;

interface HistoryRow {
  readonly event_id: string;
  readonly event_type: HistoryEntry['eventType'];
  readonly version: HistoryEntry['version'];
  readonly status: HistoryEntry['status'];
  readonly status_reason: string | null;
  readonly at: Date;
}

/**
 * The first `limit` lines of an order's history, oldest first. Empty only for an unknown order, since the first line is
 * stored with the order; with `customerId`, also for another customer's.
 */
export async function selectHistory(
  db: Queryable,
  orderId: string,
  limit: number,
  customerId?: string,
): Promise<HistoryEntry[]> {
  const { rows } = await db.query<HistoryRow>(selectHistoryStatement, [orderId, limit, customerId ?? null]);
  return rows.map((row) => ({
    orderId,
    eventId: row.event_id,
    eventType: row.event_type,
    version: row.version,
    status: row.status,
    statusReason: row.status_reason,
    at: row.at.getTime(),
  }));
}

const eventIdsStatement = `
  SELECT order_id, event_id FROM order_status_history
  JOIN unnest($1::text[], $2::uuid[]) AS command (order_id, event_id) USING (order_id, event_id)`;

/**
 * The identities of those of the commands that are in history already, per order. Ask after locking the
 * orders, in a statement of its own: one that waits for a lock does not see what was committed meanwhile. Asks for
 * nothing else: a history may be long.
 */
export async function selectEventIds(
  db: Queryable,
  commands: readonly OrderCommand[],
): Promise<Map<string, ReadonlySet<string>>> {
  const { rows } = await db.query<{ order_id: string; event_id: string }>(eventIdsStatement, [
    commands.map(({ orderId }) => orderId),
    commands.map(({ eventId }) => eventId),
  ]);
  const eventIds = new Map<string, Set<string>>();
  for (const { order_id, event_id } of rows) {
    eventIds.set(order_id, (eventIds.get(order_id) ?? new Set()).add(event_id));
  }
  return eventIds;
}
