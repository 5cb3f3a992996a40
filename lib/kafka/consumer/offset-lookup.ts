import { createKafkaClient } from '../client.ts';
import type { kafkajs } from '../kafkajs/patched-kafkajs.ts';
import { belongsToDeletedTopic } from '../kafkajs/topic-identity.ts';
import { readTopicIds, type TopicIds } from '../kafkajs/topic-ids.ts';
import type { KafkaSecurity } from '../security.ts';
import { partitionKey } from './consumed-message.ts';

/** The oldest message, the next new message, or the first message at or after a time (ms since 1970). */
export type StartingOffset = 'earliest' | 'latest' | number;

/** Offsets by `partitionKey`. */
export type Offsets = ReadonlyMap<string, bigint>;

interface LookupOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly security?: KafkaSecurity | undefined;
  readonly topics: readonly string[];
}

const REQUEST_TIMEOUT_MS = 5_000;

export interface StartingPositions {
  readonly topicIds: TopicIds;
  readonly offsets: Offsets;
}

/** Returns the starting position of each partition of the topics. @throws kafkajs' error */
export function startingPositions(
  options: LookupOptions,
  startFrom: StartingOffset,
): Promise<StartingPositions> {
  return withAdmin(options, async (admin) => {
    const topicIds = await readTopicIds(admin, options.topics);
    const byTopic = await Promise.all(
      options.topics.map(async (topic) => {
        const offsets =
          typeof startFrom === 'number'
            ? await admin.fetchTopicOffsetsByTimestamp(topic, startFrom)
            : await admin.fetchTopicOffsets(topic);
        return offsets.map((found): [string, bigint] => [
          partitionKey({ topic, partition: found.partition }),
          BigInt(startFrom === 'earliest' && 'low' in found ? `${found.low}` : found.offset),
        ]);
      }),
    );
    return { topicIds, offsets: new Map(byTopic.flat()) };
  });
}

/**
 * Returns the committed positions of a group. A partition without a committed position is absent. A position of a deleted
 * topic becomes offset 0.
 * @throws kafkajs' error
 */
export function committedOffsets(
  options: LookupOptions,
  groupId: string,
  topicIds: TopicIds,
): Promise<Offsets> {
  return withAdmin(options, async (admin) => {
    const topics = await admin.fetchOffsets({ groupId, topics: [...options.topics] });
    const offsets = topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset, metadata }): [string, bigint] => [
        partitionKey({ topic, partition }),
        // kafkajs commits -2, the oldest offset, if retention has deleted the next record; -1 means no position
        offset === '-2' || belongsToDeletedTopic(metadata, topicIds, topic) ? 0n : BigInt(offset),
      ]),
    );
    return new Map(offsets.filter(([, offset]) => offset >= 0n));
  });
}

/** Returns the current ids of the topics. @throws kafkajs' error */
export function currentTopicIds(options: LookupOptions): Promise<TopicIds> {
  return withAdmin(options, (admin) => readTopicIds(admin, options.topics));
}

/** Deletes a group without members. @throws kafkajs' error */
export async function deleteGroup(options: LookupOptions, groupId: string): Promise<void> {
  await withAdmin(options, (admin) => admin.deleteGroups([groupId]));
}

async function withAdmin<Result>(
  options: LookupOptions,
  use: (admin: kafkajs.Admin) => Promise<Result>,
): Promise<Result> {
  const client = createKafkaClient({ ...options, requestTimeoutMs: REQUEST_TIMEOUT_MS });
  try {
    const admin = client.kafka.admin();
    await admin.connect();
    // Without metadata, kafkajs has no broker for requests about groups.
    await admin.fetchTopicMetadata({ topics: [...options.topics] });
    return await use(admin);
  } catch (error) {
    throw client.reasonOf(error);
  } finally {
    client.destroy();
  }
}
