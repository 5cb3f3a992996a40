import type { AuditEntry } from '../orders/transition.ts';
import type { Queryable } from '../postgres/database.ts';
import { isoTime } from '../time/time-text.ts';

const statement = `
  INSERT INTO audit_log (event_id, action, actor, order_id, at)
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
  ON CONFLICT DO NOTHING`;

/** Records unauthorised requests. A redelivered command is recorded once. */
export async function insertAuditEntries(db: Queryable, entries: readonly AuditEntry[]): Promise<void> {
  await db.query(statement, [
    entries.map(({ eventId }) => eventId),
    entries.map(({ action }) => action),
    entries.map(({ actor }) => actor),
    entries.map(({ orderId }) => orderId),
    entries.map(({ at }) => isoTime(at)),
  ]);
}
