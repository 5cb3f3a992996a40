import type { DeadLetter } from '../../orders/command.ts';
import type { OrderStatus, StoredOrder } from '../../orders/order.ts';
import { type RecordRow, recordColumns, recordOf } from '../../orders/sql/record-columns.ts';
import type { Queryable } from '../../postgres/database.ts';

/** Expands the ids and versions of each row of the outbox, in their order. */
const ordersStatement = `
  SELECT outbox.id, history.order_id, orders.customer_id, history.version, history.status, history.status_reason, history.at,
         outbox.traceparents ->> history.order_id AS traceparent
  FROM outbox
  CROSS JOIN LATERAL unnest(outbox.order_ids, outbox.versions) WITH ORDINALITY AS listed (order_id, version, place)
  JOIN order_status_history AS history ON history.order_id = listed.order_id AND history.version = listed.version
  JOIN orders ON orders.order_id = history.order_id
  WHERE outbox.id = ANY ($1::bigint[]) AND outbox.kind = 'order_status'
  ORDER BY outbox.id, listed.place`;

interface OrderRow {
  readonly id: string;
  readonly order_id: string;
  readonly customer_id: string;
  readonly version: number;
  readonly status: OrderStatus;
  readonly status_reason: string | null;
  readonly at: Date;
  readonly traceparent: string | null;
}

/** An order at the version to publish. */
export interface OrderAtVersion
  extends Pick<StoredOrder, 'orderId' | 'customerId' | 'version' | 'status' | 'statusReason' | 'updatedAt'> {
  readonly outboxId: string;
  /** The context of a sampled order. */
  readonly traceparent: string | undefined;
}

/**
 * Returns the states to publish for these rows of the outbox, from the history. Deleted history entries are
 * omitted.
 */
export async function selectOutboxOrders(db: Queryable, ids: readonly string[]): Promise<OrderAtVersion[]> {
  const { rows } = await db.query<OrderRow>(ordersStatement, [ids]);
  return rows.map((row) => ({
    outboxId: row.id,
    orderId: row.order_id,
    customerId: row.customer_id,
    version: row.version,
    status: row.status,
    statusReason: row.status_reason,
    updatedAt: row.at.getTime(),
    traceparent: row.traceparent ?? undefined,
  }));
}

/** `unnest` fills missing versions with null. */
const lettersStatement = `
  SELECT outbox.id AS outbox_id, outbox.kind, listed.expected_version,
         letter.id, letter.event_id, letter.code, letter.message, letter.refusals, letter.changed_at, ${recordColumns}
  FROM outbox
  CROSS JOIN LATERAL unnest(outbox.dead_letter_ids, outbox.versions) WITH ORDINALITY
    AS listed (letter_id, expected_version, place)
  JOIN dead_letters AS letter ON letter.id = listed.letter_id
  WHERE outbox.id = ANY ($1::bigint[]) AND outbox.kind IN ('dead_letter', 'redrive')
  ORDER BY outbox.id, listed.place`;

interface LetterRow extends RecordRow {
  readonly outbox_id: string;
  readonly kind: OutboxLetter['kind'];
  readonly expected_version: number | null;
  readonly id: string;
  readonly event_id: string;
  readonly code: DeadLetter['code'];
  readonly message: string;
  readonly refusals: number;
  readonly changed_at: Date;
}

/** A dead letter to publish or to redrive. */
export interface OutboxLetter extends DeadLetter {
  readonly outboxId: string;
  readonly kind: 'dead_letter' | 'redrive';
  /** The version of the order to retry; `null` for a letter whose record is sent unchanged. */
  readonly expectedVersion: number | null;
  readonly id: string;
  readonly eventId: string;
  /** How often the letter was opened. */
  readonly refusals: number;
  /** The time of the last change of state, in milliseconds since the epoch. */
  readonly changedAt: number;
}

/** Returns the dead letters of these rows of the outbox, in the rows' order. Deleted letters are omitted. */
export async function selectOutboxLetters(db: Queryable, ids: readonly string[]): Promise<OutboxLetter[]> {
  const { rows } = await db.query<LetterRow>(lettersStatement, [ids]);
  return rows.map((row) => ({
    outboxId: row.outbox_id,
    kind: row.kind,
    expectedVersion: row.expected_version,
    id: row.id,
    eventId: row.event_id,
    code: row.code,
    message: row.message,
    refusals: row.refusals,
    changedAt: row.changed_at.getTime(),
    record: recordOf(row),
  }));
}
