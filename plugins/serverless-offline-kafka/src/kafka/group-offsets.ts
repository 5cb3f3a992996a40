import type { StartingPosition } from '../configuration/mapping-definition.ts';
import { EventSourceError } from '../errors.ts';
import { type ClientSettings, clientFailure, createClient } from './client.ts';
import { kafkajs } from './kafkajs/mended-kafkajs.ts';
import { isOfDeletedTopic, isRecreated } from './kafkajs/topic-identity.ts';
import { readTopicIds, type TopicIds } from './kafkajs/topic-ids.ts';

/** A broker that has only just started is not missed; who waits for an answer gets it within a second. */
const ADMIN_RETRIES = 1;

/** Kafka's answer for a partition in which a group has committed nothing. */
const NOTHING = -1;

/** Offsets by partition. */
export type Offsets = ReadonlyMap<number, number>;

/** The positions at which a group that has committed nothing starts to read a topic. */
export interface TopicStart {
  readonly topicIds: TopicIds;
  /** Empty for TRIM_HORIZON: without a position a group starts at the beginning, also in partitions that are added later. */
  readonly offsets: Offsets;
}

/**
 * Returns the starting position of each partition for a group that has committed nothing. A topic with another id than
 * `known` is read from its beginning: all its records are new.
 * @throws EventSourceError `topic_not_found`; `tls_failed` or `authentication_failed` within a second
 * when the brokers refuse; else within seconds the reason why no broker could be reached
 */
export async function startingOffsets(
  settings: ClientSettings,
  topic: string,
  position: StartingPosition,
  known?: TopicIds,
): Promise<TopicStart> {
  return withAdmin(settings, async (admin) => {
    const topicIds = await readTopicIds(admin, [topic]);
    const isNew = known !== undefined && isRecreated(known, topicIds, topic);
    const offsets =
      position.type === 'AT_TIMESTAMP' && !isNew
        ? await admin.fetchTopicOffsetsByTimestamp(topic, position.timestampMs)
        : (await admin.fetchTopicOffsets(topic)).map(({ partition, low, offset }) => ({
            partition,
            offset: isNew ? low : offset,
          }));
    if (position.type === 'TRIM_HORIZON') {
      return { topicIds, offsets: new Map() };
    }
    return {
      topicIds,
      offsets: new Map(offsets.map(({ partition, offset }) => [partition, Number(offset)])),
    };
  });
}

/** Returns the positions that a group has committed. A position of a deleted topic becomes the beginning. */
export async function committedOffsets(
  settings: ClientSettings,
  topic: string,
  groupId: string,
  topicIds: TopicIds,
): Promise<Offsets> {
  return withAdmin(settings, (admin) => committedBy(admin, topic, groupId, topicIds));
}

export interface PartitionPosition {
  readonly partition: number;
  /** Of the first record that is left. */
  readonly begin: number;
  /** Of the next record that will be written. */
  readonly end: number;
  /** Undefined where the group has committed nothing. */
  readonly committed?: number;
}

/**
 * Where a group stands in each partition of a topic, in the order of the partitions.
 * @throws as `startingOffsets` does
 */
export async function groupPositions(
  settings: ClientSettings,
  topic: string,
  groupId: string,
): Promise<PartitionPosition[]> {
  return withAdmin(settings, async (admin) => {
    const ranges = await admin.fetchTopicOffsets(topic);
    const committed = await committedBy(admin, topic, groupId, await readTopicIds(admin, [topic]));
    return ranges
      .map(({ partition, low, high }) => {
        const offset = committed.get(partition);
        const range = { partition, begin: Number(low), end: Number(high) };
        return offset === undefined ? range : { ...range, committed: offset };
      })
      .sort((a, b) => a.partition - b.partition);
  });
}

async function committedBy(
  admin: kafkajs.Admin,
  topic: string,
  groupId: string,
  topicIds: TopicIds,
): Promise<Offsets> {
  const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] });
  const known = offsets?.partitions.filter(({ offset }) => Number(offset) !== NOTHING) ?? [];
  return new Map(
    known.map(({ partition, offset, metadata }) => [
      partition,
      // kafkajs itself commits -2, "the beginning", when the broker does not have the offset that it asks for
      isOfDeletedTopic(metadata, topicIds, topic) ? 0 : Math.max(Number(offset), 0),
    ]),
  );
}

async function withAdmin<T>(settings: ClientSettings, use: (admin: kafkajs.Admin) => Promise<T>): Promise<T> {
  const admin = createClient(settings, { retries: ADMIN_RETRIES }).admin();
  try {
    await admin.connect();
    return await use(admin);
  } catch (error) {
    const cause = clientFailure(error, settings);
    if (cause instanceof kafkajs.KafkaJSProtocolError && cause.type === 'UNKNOWN_TOPIC_OR_PARTITION') {
      throw new EventSourceError('topic_not_found', 'the topic does not exist yet', { cause });
    }
    throw cause;
  } finally {
    await admin.disconnect();
  }
}
