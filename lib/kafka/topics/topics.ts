import type { CancelRecord, OrderRecord, OrderStatusEvent, RetryRecord } from '../../orders/order-record.ts';

const HOUR_MS = 60 * 60 * 1000;

/** The value type of each topic: a topic's name decides what may be published to it. */
export interface TopicValues {
  /** Buffer: the original bytes of a record that is redriven. */
  orders: OrderRecord | CancelRecord | RetryRecord | Buffer;
  'orders.status': OrderStatusEvent;
  'orders.dlq': Buffer;
}

/** Settings that the local stack and the deployment create topics with; never a client. */
export interface TopicSettings {
  /** Fixed for good: order per key holds only while the number of partitions stays. */
  readonly partitions: number;
  readonly retentionMs: number;
  /** Default: the broker's, which is 1 MiB unless configured. */
  readonly maxMessageBytes?: number;
}

export const topics: Readonly<Record<keyof TopicValues, TopicSettings>> = {
  orders: { partitions: 6, retentionMs: 168 * HOUR_MS },
  'orders.status': { partitions: 6, retentionMs: 168 * HOUR_MS },
  // The largest record that `orders` takes, and what is said about it in headers.
  'orders.dlq': { partitions: 3, retentionMs: 720 * HOUR_MS, maxMessageBytes: 2 * 1024 * 1024 },
};

/**
 * The configuration of a topic under Kafka's names: the same on a laptop and on AWS. Every kind of MSK cluster takes these:
 * https://docs.aws.amazon.com/msk/latest/developerguide/serverless-config.html
 */
export function topicConfig({
  retentionMs,
  maxMessageBytes,
}: Omit<TopicSettings, 'partitions'>): Record<string, string> {
  return {
    'retention.ms': `${retentionMs}`,
    'retention.bytes': '-1', // MSK Serverless would delete beyond 250 GiB
    'message.timestamp.type': 'LogAppendTime', // the age of a record counts from when Kafka stored it
    ...(maxMessageBytes !== undefined && { 'max.message.bytes': `${maxMessageBytes}` }),
  };
}

/** Who stores the orders. */
export const orderProcessing = { group: 'order-processing-group', topic: 'orders' } as const;

/** Who calls the receiver of orders, where there is one. */
export const orderFulfilment = { group: 'order-fulfilment-group', topic: 'orders.status' } as const;

/** The consumer groups of the event source mappings in `serverless.yml`; a test keeps the two in step. */
export const consumerGroups: readonly { readonly group: string; readonly topic: keyof TopicValues }[] = [
  orderProcessing,
  orderFulfilment,
];
