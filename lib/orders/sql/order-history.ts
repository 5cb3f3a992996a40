import { plainArray, textArray } from '../../postgres/array-literal.ts';
import type { Queryable } from '../../postgres/database.ts';
import { isoTime } from '../../time/time-text.ts';
import type { OrderCommand } from '../command.ts';
import type { HistoryEntry } from '../transition.ts';

/**
 * Columns of the view `order_status_history`. The entry that created an order is a part of its row in `orders` until the
 * order changes (docs/decisions/0019). The arrays for `unnest` have the same order.
 */
export const historyColumns = 'order_id, event_id, event_type, version, status, status_reason, at';

/** Returns the types of the arrays, as parameters from `$first` on. */
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

const insertStatement = `INSERT INTO order_status_history (${historyColumns}) SELECT * FROM unnest(${historyArrays(1)})`;

/** Inserts entries of stored orders. */
export async function insertHistory(db: Queryable, history: readonly HistoryEntry[]): Promise<void> {
  await db.query(insertStatement, historyValues(history));
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
 * Returns the first `limit` entries of an order's history, oldest first. The result is empty only for an unknown
 * order, because the first entry is stored with the order. With `customerId`, it is also empty for another
 * customer's order.
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
 * Returns, per order, the event ids of the given commands that the history already contains. Call it after locking
 * the orders, as a separate statement: a statement that waits for a lock does not see what was committed meanwhile.
 * It reads no other entries, because a history may be long.
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
