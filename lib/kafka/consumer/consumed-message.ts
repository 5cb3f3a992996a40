import type { IHeaders, KafkaMessage } from 'kafkajs';

/** One partition of a topic. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** Its name as a key of maps; a topic's name has no slash. */
export const placeName = ({ topic, partition }: Place): string => `${topic}/${partition}`;

/** A name and its bytes; names may repeat, and a header may have no value. */
export type Header = readonly [name: string, value: Buffer | null];

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
  /** A name that repeats stands where it stood first. */
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

export function rawMessage(
  place: Place,
  { offset, timestamp, key, value, headers }: KafkaMessage,
): RawMessage {
  return {
    ...place,
    offset: BigInt(offset),
    timestamp: Number(timestamp),
    key: key?.toString() ?? null,
    keyBytes: key,
    value,
    headers: headerList(headers ?? {}),
  };
}

function headerList(headers: IHeaders): Header[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((one): Header => [name, typeof one === 'string' ? Buffer.from(one) : (one ?? null)]),
  );
}
