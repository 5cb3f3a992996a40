import type { Queryable } from '../../postgres/database.ts';
import type { HistoryEntry } from '../transition.ts';

const statement = `
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
  const { rows } = await db.query<HistoryRow>(statement, [orderId, limit, customerId ?? null]);
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
