import type { CancelRecord, OrderRecord, RetryRecord } from '../../orders/order-record.ts';
import type { OrderStatusEvent } from '../../orders/status-event.ts';

const HOUR_MS = 60 * 60 * 1000;

/** The value type of each topic. A producer accepts only values of this type. */
export interface TopicValues {
  /** Buffer: the original bytes of a redriven record. */
  orders: OrderRecord | CancelRecord | RetryRecord | Buffer;
  'orders.status': OrderStatusEvent;
  'orders.dlq': Buffer;
}

/** The settings of a topic. The local stack and the deployment create topics; clients never do. */
export interface TopicSettings {
  /** Must never change: the order per key holds only while the number of partitions stays the same. */
  readonly partitions: number;
  readonly retentionMs: number;
  /** Default: the setting of the broker, 1 MiB unless configured. */
  readonly maxMessageBytes?: number;
}

export const topics: Readonly<Record<keyof TopicValues, TopicSettings>> = {
  orders: { partitions: 6, retentionMs: 168 * HOUR_MS },
  'orders.status': { partitions: 6, retentionMs: 168 * HOUR_MS },
  // The largest record of `orders`, and the headers that describe its error.
  'orders.dlq': { partitions: 3, retentionMs: 720 * HOUR_MS, maxMessageBytes: 2 * 1024 * 1024 },
};

/**
 * Returns the configuration of a topic with Kafka's names. It is the same on a laptop and on AWS: every type of MSK cluster
 * accepts these settings.
 * https://docs.aws.amazon.com/msk/latest/developerguide/serverless-config.html
 */
export function topicConfig({
  retentionMs,
  maxMessageBytes,
}: Omit<TopicSettings, 'partitions'>): Record<string, string> {
  return {
    'retention.ms': `${retentionMs}`,
    'retention.bytes': '-1', // MSK Serverless deletes records beyond 250 GiB by default
    'message.timestamp.type': 'LogAppendTime', // the age of a record starts when Kafka stores it
    ...(maxMessageBytes !== undefined && { 'max.message.bytes': `${maxMessageBytes}` }),
  };
}

/** The consumer group of `processOrders`, which stores the orders. */
export const orderProcessing = { group: 'order-processing-group', topic: 'orders' } as const;

/** The consumer group of `fulfilOrders`, which calls the receiver if there is one. */
export const orderFulfilment = { group: 'order-fulfilment-group', topic: 'orders.status' } as const;

/** The consumer groups of the event source mappings in `serverless.yml`; a test compares both lists. */
export const consumerGroups: readonly { readonly group: string; readonly topic: keyof TopicValues }[] = [
  orderProcessing,
  orderFulfilment,
];
