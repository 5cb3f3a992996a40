import type { StoredOrder } from '../orders/order.ts';
import type { OrderStatusEvent, StatusHeaders } from '../orders/status-event.ts';
import { isoTime } from '../time/time-text.ts';

/** A committed row of the outbox with its messages. */
export interface OutboxEntry {
  /** The id of the row. */
  readonly id: string;
  /** In the order in which they are produced to their partitions. */
  readonly messages: readonly OutboxMessage[];
}

export type OutboxMessage = StatusMessage | RawMessage<'orders.dlq'> | RawMessage<'orders'>;

interface StatusMessage {
  readonly topic: 'orders.status';
  readonly key: string;
  readonly value: OrderStatusEvent;
  readonly headers?: StatusHeaders;
}

/** A message whose bytes are sent as they are. */
interface RawMessage<Topic extends string> {
  readonly topic: Topic;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer | string | (Buffer | string)[]>>;
}

/** The result of publishing rows of the outbox. A row in neither list may be sent again. */
export interface PublishedOutbox {
  /** Ids of rows whose messages were all acknowledged. */
  readonly acknowledged: readonly string[];
  /** Rows that Kafka will never accept. */
  readonly rejected: readonly { readonly id: string; readonly error: string }[];
  /** Why rows are in neither list. */
  readonly failure?: string | undefined;
}

type PublishedOrder = Pick<
  StoredOrder,
  'orderId' | 'customerId' | 'version' | 'status' | 'statusReason' | 'updatedAt'
>;

/** Returns the messages that report the states of orders. `traceparents` has the contexts of the sampled ones. */
export const statusMessages = (
  orders: readonly PublishedOrder[],
  traceparents: ReadonlyMap<string, string> | undefined,
): OutboxMessage[] => orders.map((order) => statusMessage(order, traceparents?.get(order.orderId)));

/** Returns the message that reports the state of an order. `traceparent` is the context of a sampled order. */
export function statusMessage(order: PublishedOrder, traceparent?: string): OutboxMessage {
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
    ...(traceparent !== undefined && { headers: { traceparent } }),
  };
}
