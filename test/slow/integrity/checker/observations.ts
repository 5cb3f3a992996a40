import type { OrderStatus } from '../../../../lib/orders/order.ts';
import type { OrderStatusEvent } from '../../../../lib/orders/status-event.ts';

/** The contents of PostgreSQL and Kafka after a run: the evidence from the system under test. */
export interface Observations {
  readonly orders: readonly OrderRow[];
  readonly history: readonly HistoryLine[];
  readonly deadLetters: readonly LetterRow[];
  readonly attempts: readonly AttemptsRow[];
  readonly outbox: readonly OutboxRow[];
  /** The whole topic `orders`, by partition and offset. */
  readonly records: readonly OrdersRecord[];
  /** The whole topic `orders.status`. */
  readonly statusEvents: readonly StatusRecord[];
  /** The whole topic `orders.dlq`. */
  readonly letterCopies: readonly LetterCopy[];
  readonly positions: readonly GroupPosition[];
}

/** Times are milliseconds since the epoch throughout. */
export interface OrderRow {
  readonly orderId: string;
  readonly customerId: string;
  /** The content of the order, in the format of `contentOf`. */
  readonly content: string;
  readonly status: OrderStatus;
  readonly statusReason: string | null;
  readonly version: number;
}

export interface HistoryLine {
  readonly orderId: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly version: number | null;
  readonly status: OrderStatus;
  readonly statusReason: string | null;
  readonly at: number;
}

export interface LetterRow extends RecordIdentity {
  readonly id: string;
  readonly partition: number;
  readonly offset: number;
  readonly code: string;
  readonly state: string;
  readonly refusals: number;
}

export interface AttemptsRow {
  readonly orderId: string;
  readonly nextAttemptAt: number | null;
}

export interface OutboxRow {
  readonly id: string;
  readonly kind: string;
  readonly error: string | null;
}

/** The identity of a record, independent of its partition and offset. */
export interface RecordIdentity {
  readonly eventId: string;
  /** '' when there is none. */
  readonly key: string;
  /** SHA-256 of the value, in hex. */
  readonly digest: string;
  /** SHA-256 of the headers by name, in hex, without the event id. */
  readonly headers: string;
}

export interface OrdersRecord extends RecordIdentity {
  readonly partition: number;
  readonly offset: number;
  readonly eventType: string;
  /** The content of its order, in the format of `contentOf`; `null` when it has none or cannot be decoded. */
  readonly content: string | null;
}

export interface StatusRecord {
  readonly partition: number;
  readonly offset: number;
  /** `null` when it cannot be decoded, or its key is not the id of its order. */
  readonly event: OrderStatusEvent | null;
}

/** The copied record's identity, and the number of its rejections. */
export interface LetterCopy extends Omit<RecordIdentity, 'eventId'> {
  readonly partition: number;
  readonly offset: number;
  readonly code: string;
  readonly refusals: number;
}

export interface GroupPosition {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** The first offset that is not committed; 0 when the group has committed nothing. */
  readonly committed: number;
  readonly end: number;
}

export const ORDERS_GROUP = { group: 'order-processing-group', topic: 'orders' } as const;
export const FULFILMENT_GROUP = { group: 'order-fulfilment-group', topic: 'orders.status' } as const;

export const identityOf = ({ eventId, key, digest, headers }: RecordIdentity): string =>
  `${eventId}/${key}/${digest}/${headers}`;
