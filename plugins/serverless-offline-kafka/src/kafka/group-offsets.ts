import type { StartingPosition } from '../configuration/mapping-definition.ts';
import { EventSourceError } from '../errors.ts';
import { type ClientSettings, clientFailure, createClient } from './client.ts';
import { kafkajs } from './kafkajs/patched-kafkajs.ts';
import { belongsToDeletedTopic, isRecreated } from './kafkajs/topic-identity.ts';
import { readTopicIds, type TopicIds } from './kafkajs/topic-ids.ts';

/** One retry covers a broker that is starting, and a caller gets an error within a second. */
const ADMIN_RETRIES = 1;

/** Kafka's value for a partition without a committed offset. */
const NO_OFFSET = -1;

/** Offsets by partition. */
export type Offsets = ReadonlyMap<number, number>;

/** The positions at which a group without committed offsets starts to read a topic. */
export interface TopicStart {
  readonly topicIds: TopicIds;
  /** Empty for TRIM_HORIZON: without a position, a group starts at the beginning, also in partitions that are added later. */
  readonly offsets: Offsets;
}

/**
 * Returns the starting position of each partition for a group without committed offsets. If the topic has another id than
 * `known`, the positions are its beginning, because all records are new.
 * @throws EventSourceError `topic_not_found`; `tls_failed` or `authentication_failed` within a second; the connection error
 * within seconds
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

/** Returns the committed offsets of a group. An offset of a deleted topic becomes the beginning. */
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
  /** The offset of the first existing record. */
  readonly begin: number;
  /** The offset of the next record to be written. */
  readonly end: number;
  /** Undefined if the group has committed nothing. */
  readonly committed?: number;
}

/**
 * Returns the position of a group in each partition of a topic, ordered by partition.
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
  const known = offsets?.partitions.filter(({ offset }) => Number(offset) !== NO_OFFSET) ?? [];
  return new Map(
    known.map(({ partition, offset, metadata }) => [
      partition,
      // kafkajs commits -2, "the beginning", when the requested offset is out of range.
      belongsToDeletedTopic(metadata, topicIds, topic) ? 0 : Math.max(Number(offset), 0),
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
