import { extrasOf, type Header } from '../kafkajs/message.ts';
import type { kafkajs } from '../kafkajs/patched-kafkajs.ts';

export type { Header };

/** One partition of a topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** Returns a key for maps. Topic names contain no slash. */
export const partitionKey = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

/** Returns the topic of a `partitionKey`. */
export const topicOfKey = (key: string): string => key.slice(0, key.lastIndexOf('/'));

/** A message as Kafka stores it. */
export interface RawMessage extends TopicPartition {
  readonly offset: bigint;
  /** Milliseconds since 1970: when the message was produced or, depending on the topic, appended. */
  readonly timestamp: number;
  /** The key, decoded as UTF-8. */
  readonly key: string | null;
  /** The bytes of the key, for a key that is not text. */
  readonly keyBytes: Buffer | null;
  /** `null` is a tombstone. */
  readonly value: Buffer | null;
  /** In the order of the record. Names may repeat. */
  readonly headers: readonly Header[];
}

/** `Topics` maps topic names to the type of their values. `message.topic` determines the type of `message.value`. */
export type ConsumedMessage<Topics> = {
  [Topic in keyof Topics & string]: Omit<RawMessage, 'topic' | 'value'> & {
    readonly topic: Topic;
    /** `null` is a tombstone. */
    readonly value: Topics[Topic] | null;
  };
}[keyof Topics & string];

export function rawMessage(partition: TopicPartition, message: kafkajs.KafkaMessage): RawMessage {
  const { offset, timestamp, key, value } = message;
  return {
    ...partition,
    offset: BigInt(offset),
    timestamp: Number(timestamp),
    key: key?.toString() ?? null,
    keyBytes: key,
    value,
    headers: extrasOf(message).headerList,
  };
}
