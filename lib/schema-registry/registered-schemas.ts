import type { TopicValues } from '../kafka/topics/topics.ts';

/** A schema of `contracts/schemas/`, and the records whose values it describes. */
export interface RegisteredSchema {
  /** Its file without `.json`. */
  readonly name: string;
  readonly topic: keyof TopicValues;
  /** Only on a topic with several types of records. */
  readonly eventType?: string;
}

export const registeredSchemas: readonly RegisteredSchema[] = [
  { name: 'order-record', topic: 'orders', eventType: 'order.created' },
  { name: 'cancel-record', topic: 'orders', eventType: 'order.cancel_requested' },
  { name: 'retry-record', topic: 'orders', eventType: 'order.retry_requested' },
  { name: 'status-event', topic: 'orders.status' },
];

/**
 * Returns the subject of a schema, by Confluent's TopicRecordNameStrategy. The topic `orders` has several types of records,
 * which must evolve independently. The topic's prefix keeps the stages apart that share a registry.
 * https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#subject-name-strategy
 */
export const subjectOf = ({ topic, name }: RegisteredSchema, topicPrefix: string): string =>
  `${topicPrefix}${topic}-${name}`;
