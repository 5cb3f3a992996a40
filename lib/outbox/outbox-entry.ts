import type { StoredOrder } from '../orders/order.ts';
import type { OrderStatusEvent } from '../orders/order-record.ts';
import { isoTime } from '../time/time-text.ts';

/** Something that was committed and is to be published: a row of the outbox with the messages it stands for. */
export interface OutboxEntry {
  /** Of the row. */
  readonly id: string;
  /** In the order in which they are to be in their partitions. */
  readonly messages: readonly OutboxMessage[];
}

export type OutboxMessage =
  | { readonly topic: 'orders.status'; readonly key: string; readonly value: OrderStatusEvent }
  | RawMessage<'orders.dlq'>
  | RawMessage<'orders'>;

/** A message whose bytes are sent as they are. */
interface RawMessage<Topic extends string> {
  readonly topic: Topic;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer | string | (Buffer | string)[]>>;
}

/** What became of rows of the outbox. One that is in neither list may be sent again. */
export interface PublishedOutbox {
  /** Ids of rows of which Kafka has every message. */
  readonly acknowledged: readonly string[];
  /** Kafka will never take them. */
  readonly rejected: readonly { readonly id: string; readonly error: string }[];
  /** Why rows are in neither list. */
  readonly failure?: string | undefined;
}

/** What tells everybody who waits for an order the state that it has reached. */
export function statusMessage(
  order: Pick<StoredOrder, 'orderId' | 'customerId' | 'version' | 'status' | 'statusReason' | 'updatedAt'>,
): OutboxMessage {
  return {
    topic: 'orders.status',
    key: order.orderId,
    value: {
      order_id: order.orderId,
      customer_id: order.customerId,
      version: order.version,
      status: order.status,
      status_reason: order.statusReason,
      at: isoTime(order.updatedAt),
    },
  };
}
