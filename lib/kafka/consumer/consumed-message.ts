import type { kafkajs } from '../kafkajs/mended-kafkajs.ts';
import { extrasOf, type Header } from '../kafkajs/message.ts';

export type { Header };

/** One partition of a topic. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** Its name as a key of maps; a topic's name has no slash. */
export const placeName = ({ topic, partition }: Place): string => `${topic}/${partition}`;

/** The topic in a `placeName`. */
export const topicIn = (name: string): string => name.slice(0, name.lastIndexOf('/'));

/** A message as Kafka has it. */
export interface RawMessage extends Place {
  readonly offset: bigint;
  /** Milliseconds since 1970: when it was produced or, where the topic says so, appended. */
  readonly timestamp: number;
  /** The key's bytes as UTF-8. */
  readonly key: string | null;
  /** For a key that is no text. */
  readonly keyBytes: Buffer | null;
  /** `null` is a tombstone. */
  readonly value: Buffer | null;
  /** In the order of the record; names may repeat. */
  readonly headers: readonly Header[];
}

/** `Topics` maps topic names to the type of their values: `message.topic` decides what `message.value` is. */
export type ConsumedMessage<Topics> = {
  [Topic in keyof Topics & string]: Omit<RawMessage, 'topic' | 'value'> & {
    readonly topic: Topic;
    /** `null` is a tombstone. */
    readonly value: Topics[Topic] | null;
  };
}[keyof Topics & string];

export function rawMessage(place: Place, message: kafkajs.KafkaMessage): RawMessage {
  const { offset, timestamp, key, value } = message;
  return {
    ...place,
    offset: BigInt(offset),
    timestamp: Number(timestamp),
    key: key?.toString() ?? null,
    keyBytes: key,
    value,
    headers: extrasOf(message).headerList,
  };
}
