import { createKafkaClient } from '../client.ts';
import type { kafkajs } from '../kafkajs/mended-kafkajs.ts';
import { belongsToDeletedTopic } from '../kafkajs/topic-identity.ts';
import { readTopicIds, type TopicIds } from '../kafkajs/topic-ids.ts';
import type { KafkaSecurity } from '../security.ts';
import { placeName } from './consumed-message.ts';

/** Where to begin: with the oldest message, with the next one, or with the first since a time in ms since 1970. */
export type StartingOffset = 'earliest' | 'latest' | number;

/** Offsets by `placeName`. */
export type Offsets = ReadonlyMap<string, bigint>;

interface Lookup {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly security?: KafkaSecurity | undefined;
  readonly topics: readonly string[];
}

const REQUEST_TIMEOUT_MS = 5_000;

export interface Beginnings {
  readonly topicIds: TopicIds;
  readonly offsets: Offsets;
}

/** Where each partition of the topics begins. @throws what kafkajs throws */
export function beginnings(lookup: Lookup, from: StartingOffset): Promise<Beginnings> {
  return withAdmin(lookup, async (admin) => {
    const topicIds = await readTopicIds(admin, lookup.topics);
    const byTopic = await Promise.all(
      lookup.topics.map(async (topic) => {
        const offsets =
          typeof from === 'number'
            ? await admin.fetchTopicOffsetsByTimestamp(topic, from)
            : await admin.fetchTopicOffsets(topic);
        return offsets.map((found): [string, bigint] => [
          placeName({ topic, partition: found.partition }),
          BigInt(from === 'earliest' && 'low' in found ? `${found.low}` : found.offset),
        ]);
      }),
    );
    return { topicIds, offsets: new Map(byTopic.flat()) };
  });
}

/**
 * Returns the positions that a group has committed, without partitions that have none. A position of a deleted topic
 * becomes the beginning.
 * @throws what kafkajs throws
 */
export function committedOffsets(lookup: Lookup, groupId: string, topicIds: TopicIds): Promise<Offsets> {
  return withAdmin(lookup, async (admin) => {
    const topics = await admin.fetchOffsets({ groupId, topics: [...lookup.topics] });
    const offsets = topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset, metadata }): [string, bigint] => [
        placeName({ topic, partition }),
        // kafkajs commits -2 for "the oldest" when retention has removed what it wanted to read; -1 is none at all
        offset === '-2' || belongsToDeletedTopic(metadata, topicIds, topic) ? 0n : BigInt(offset),
      ]),
    );
    return new Map(offsets.filter(([, offset]) => offset >= 0n));
  });
}

/** Returns the current ids of the topics. @throws what kafkajs throws */
export function currentTopicIds(lookup: Lookup): Promise<TopicIds> {
  return withAdmin(lookup, (admin) => readTopicIds(admin, lookup.topics));
}

/** Removes a group that has no members any more. @throws what kafkajs throws */
export async function deleteGroup(lookup: Lookup, groupId: string): Promise<void> {
  await withAdmin(lookup, (admin) => admin.deleteGroups([groupId]));
}

async function withAdmin<Result>(
  lookup: Lookup,
  use: (admin: kafkajs.Admin) => Promise<Result>,
): Promise<Result> {
  const client = createKafkaClient({ ...lookup, requestTimeoutMs: REQUEST_TIMEOUT_MS });
  try {
    const admin = client.kafka.admin();
    await admin.connect();
    // kafkajs knows no broker to ask about groups before it has asked for metadata.
    await admin.fetchTopicMetadata({ topics: [...lookup.topics] });
    return await use(admin);
  } catch (error) {
    throw client.reasonOf(error);
  } finally {
    client.destroy();
  }
}
