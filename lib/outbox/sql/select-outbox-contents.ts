import type { DeadLetter } from '../../orders/command.ts';
import type { OrderStatus, StoredOrder } from '../../orders/order.ts';
import { type RecordRow, recordColumns, recordOf } from '../../orders/sql/record-columns.ts';
import type { Queryable } from '../../postgres/database.ts';

/** As rows in the order of each outbox row, whose ids and versions it takes apart. */
const ordersStatement = `
  SELECT outbox.id, history.order_id, orders.customer_id, history.version, history.status, history.status_reason, history.at
  FROM outbox
  CROSS JOIN LATERAL unnest(outbox.order_ids, outbox.versions) WITH ORDINALITY AS reached (order_id, version, place)
  JOIN order_status_history AS history ON history.order_id = reached.order_id AND history.version = reached.version
  JOIN orders ON orders.order_id = history.order_id
  WHERE outbox.id = ANY ($1::bigint[]) AND outbox.kind = 'order_status'
  ORDER BY outbox.id, reached.place`;

interface ReachedRow {
  readonly id: string;
  readonly order_id: string;
  readonly customer_id: string;
  readonly version: number;
  readonly status: OrderStatus;
  readonly status_reason: string | null;
  readonly at: Date;
}

/** An order as it was at the version that a row of the outbox tells of. */
export interface ReachedOrder
  extends Pick<StoredOrder, 'orderId' | 'customerId' | 'version' | 'status' | 'statusReason' | 'updatedAt'> {
  readonly outboxId: string;
}

/** The states that these rows of the outbox tell of, rebuilt from the history; what is gone from there is left out. */
export async function selectOutboxOrders(db: Queryable, ids: readonly string[]): Promise<ReachedOrder[]> {
  const { rows } = await db.query<ReachedRow>(ordersStatement, [ids]);
  return rows.map((row) => ({
    outboxId: row.id,
    orderId: row.order_id,
    customerId: row.customer_id,
    version: row.version,
    status: row.status,
    statusReason: row.status_reason,
    updatedAt: row.at.getTime(),
  }));
}

/** Unnested together, versions that are not there are null. */
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

/** A dead letter that is to be told of, or to be sent again. */
export interface OutboxLetter extends DeadLetter {
  readonly outboxId: string;
  readonly kind: 'dead_letter' | 'redrive';
  /** Of the order, when its fulfilment is to be tried again. */
  readonly expectedVersion: number | null;
  readonly id: string;
  readonly eventId: string;
  /** How often it has become open. */
  readonly refusals: number;
  /** When it last changed its state, in milliseconds since the epoch. */
  readonly changedAt: number;
}

/** The dead letters of these rows of the outbox, in the rows' order; those that are gone are left out. */
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
