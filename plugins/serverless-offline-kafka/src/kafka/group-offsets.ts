import kafkajs from 'kafkajs';
import type { StartingPosition } from '../configuration/mapping-definition.ts';
import { EventSourceError } from '../errors.ts';
import { type ClientSettings, createClient, rootCause } from './client.ts';

/** Offsets by partition. */
export type Offsets = ReadonlyMap<number, number>;

/**
 * Where each partition of a topic begins for a group that has committed nothing. Empty for TRIM_HORIZON:
 * a group begins at the beginning by itself, as do partitions that are added later.
 * @throws EventSourceError `topic_not_found`; else within seconds the reason why no broker could be reached
 */
export async function startingOffsets(
  settings: ClientSettings,
  topic: string,
  position: StartingPosition,
): Promise<Offsets> {
  return withAdmin(settings, async (admin) => {
    const offsets =
      position.type === 'AT_TIMESTAMP'
        ? await admin.fetchTopicOffsetsByTimestamp(topic, position.timestampMs)
        : await admin.fetchTopicOffsets(topic);
    if (position.type === 'TRIM_HORIZON') {
      return new Map();
    }
    return new Map(offsets.map(({ partition, offset }) => [partition, Number(offset)]));
  });
}

/** What a group has committed; a partition without is left out. */
export async function committedOffsets(
  settings: ClientSettings,
  topic: string,
  groupId: string,
): Promise<Offsets> {
  return withAdmin(settings, async (admin) => {
    const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] });
    const known = offsets?.partitions.filter(({ offset }) => Number(offset) >= 0) ?? [];
    return new Map(known.map(({ partition, offset }) => [partition, Number(offset)]));
  });
}

async function withAdmin<T>(settings: ClientSettings, use: (admin: kafkajs.Admin) => Promise<T>): Promise<T> {
  const admin = createClient(settings, { retries: 2 }).admin();
  try {
    await admin.connect();
    return await use(admin);
  } catch (error) {
    const cause = rootCause(error);
    if (cause instanceof kafkajs.KafkaJSProtocolError && cause.type === 'UNKNOWN_TOPIC_OR_PARTITION') {
      throw new EventSourceError('topic_not_found', 'the topic does not exist yet', { cause });
    }
    throw cause;
  } finally {
    await admin.disconnect();
  }
}
