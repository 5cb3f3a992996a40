import type { CancelRecord, OrderRecord } from '../orders/order.ts';

const HOUR_MS = 60 * 60 * 1000;

/** The value type of each topic: a topic's name decides what may be published to it. */
export interface TopicValues {
  orders: OrderRecord | CancelRecord;
}

/** Settings that the local stack and the deployment create topics with; never a client. */
export interface TopicSettings {
  /** Fixed for good: order per key holds only while the number of partitions stays. */
  readonly partitions: number;
  readonly retentionMs: number;
}

export const topics: Readonly<Record<keyof TopicValues, TopicSettings>> = {
  orders: { partitions: 6, retentionMs: 168 * HOUR_MS },
};

/** Who stores the orders. */
export const orderProcessing = { group: 'order-processing-group', topic: 'orders' } as const;

/** The consumer groups of the event source mappings in `serverless.yml`; a test keeps the two in step. */
export const consumerGroups: readonly { readonly group: string; readonly topic: keyof TopicValues }[] = [
  orderProcessing,
];
