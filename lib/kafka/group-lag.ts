import { createKafkaClient, type KafkaClientOptions } from './client.ts';
import type { kafkajs } from './kafkajs/patched-kafkajs.ts';
import { findAge } from './lag-age.ts';

export interface GroupLag {
  /** The number of records that the group has not committed yet, in all partitions. */
  readonly records: number;
  /** The age of the oldest waiting record, rounded down by at most a sixteenth; nearly `retentionMs` if it is deleted already. */
  readonly ageMs: number;
  /**
   * The offset of the oldest waiting record of all partitions; 0 if no record waits. If a partition is stuck, its first
   * record becomes the oldest one, because the other partitions progress. Then this offset does not change.
   */
  readonly oldestOffset: number;
  /** The sum of the committed offsets: its growth is the number of processed records. */
  readonly committed: number;
  /** The sum of the end offsets: its growth is the number of produced records. */
  readonly end: number;
}

export interface GroupOnTopic {
  readonly group: string;
  readonly topic: string;
  /** The retention of the topic. */
  readonly retentionMs: number;
}

const REQUEST_TIMEOUT_MS = 3_000;
const DEFAULT_TIMEOUT_MS = 15_000;

/**
 * Measures the lag of a consumer group without joining it and without reading records. Brokers return the first offset
 * after a given time; a few such requests give the age. The age is exact if brokers set the timestamps (LogAppendTime).
 * With producer timestamps, a record from the future makes the records after it look younger.
 * @throws kafkajs' error if Kafka is unavailable or rejects the request, or after `timeoutMs`.
 */
export async function readGroupLag(
  connection: Pick<KafkaClientOptions, 'brokers' | 'clientId' | 'security'>,
  { group, topic, retentionMs }: GroupOnTopic,
  now: number,
  timeoutMs = DEFAULT_TIMEOUT_MS,
): Promise<GroupLag> {
  const client = createKafkaClient({ ...connection, requestTimeoutMs: REQUEST_TIMEOUT_MS });
  const timeout = setTimeout(client.destroy, timeoutMs);
  try {
    const admin = client.kafka.admin();
    await admin.connect();
    const partitions = await readPartitions(admin, group, topic);
    const behind = partitions.filter(({ next, end }) => next < end);
    let oldest = behind;
    const isOlderThan = async (ageMs: number): Promise<boolean> => {
      const offsets = await admin.fetchTopicOffsetsByTimestamp(topic, Math.floor(now - ageMs));
      const later = new Map(offsets.map(({ partition, offset }) => [partition, BigInt(offset)]));
      const older = behind.filter(({ partition, next }) => (later.get(partition) ?? 0n) > next);
      oldest = older.length > 0 ? older : oldest; // `findAge` tries a higher age only after it found an older record
      return older.length > 0;
    };
    return {
      records: sum(behind.map(({ next, end }) => end - next)),
      ageMs: behind.length === 0 ? 0 : await findAge(isOlderThan, retentionMs),
      oldestOffset: Number(oldest[0]?.next ?? 0),
      committed: sum(partitions.map(({ next }) => next)),
      end: sum(partitions.map(({ end }) => end)),
    };
  } catch (error) {
    throw client.reasonOf(error);
  } finally {
    clearTimeout(timeout);
    client.destroy();
  }
}

interface PartitionPosition {
  readonly partition: number;
  /** The next offset that the group reads. */
  readonly next: bigint;
  readonly end: bigint;
}

async function readPartitions(
  admin: kafkajs.Admin,
  groupId: string,
  topic: string,
): Promise<PartitionPosition[]> {
  // Without metadata, kafkajs has no broker for requests about groups.
  await admin.fetchTopicMetadata({ topics: [topic] });
  // Reads the group's offsets first, so that the end offset is never lower.
  const [positions] = await admin.fetchOffsets({ groupId, topics: [topic] });
  const committed = new Map(
    positions?.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]),
  );
  return (await admin.fetchTopicOffsets(topic)).map(({ partition, low, high }) => {
    const end = BigInt(high);
    const position = committed.get(partition) ?? -1n;
    // Without a committed offset, or with one beyond the end of the topic, a group starts at the oldest record.
    return { partition, next: position < 0n || position > end ? BigInt(low) : position, end };
  });
}

const sum = (offsets: readonly bigint[]): number => Number(offsets.reduce((total, one) => total + one, 0n));
