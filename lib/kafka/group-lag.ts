import { createKafkaClient, type KafkaClientOptions } from './client.ts';
import type { kafkajs } from './kafkajs/mended-kafkajs.ts';
import { findAge } from './lag-age.ts';

export interface GroupLag {
  /** Records that the group has not committed yet, of all partitions together. */
  readonly records: number;
  /** Of the oldest of them, rounded down to a sixteenth; nearly `retentionMs` when it is lost already. */
  readonly ageMs: number;
  /**
   * The offset of the oldest waiting record of all partitions; 0 when there is none. If a partition is stuck, its first
   * record becomes the oldest one, because the other partitions progress. Then this offset does not change.
   */
  readonly oldestOffset: number;
  /** Sums over the partitions: how they grow is how many records are processed, and how many come in. */
  readonly committed: number;
  readonly end: number;
}

export interface GroupOnTopic {
  readonly group: string;
  readonly topic: string;
  /** Of the topic. */
  readonly retentionMs: number;
}

const REQUEST_TIMEOUT_MS = 3_000;
const TIMEOUT_MS = 15_000;

/**
 * How far a consumer group is behind, without joining it and without reading a record: brokers say for a moment which
 * offset was the first after it, and the answers for some moments give the age. Exact where timestamps are the brokers'
 * (LogAppendTime); a record from the future with the producer's time makes those behind it look younger.
 * @throws kafkajs' own error, within 15 s, when Kafka is away or refuses
 */
export async function readGroupLag(
  connection: Pick<KafkaClientOptions, 'brokers' | 'clientId' | 'security'>,
  { group, topic, retentionMs }: GroupOnTopic,
  now: number,
): Promise<GroupLag> {
  const client = createKafkaClient({ ...connection, requestTimeoutMs: REQUEST_TIMEOUT_MS });
  const overdue = setTimeout(client.destroy, TIMEOUT_MS);
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
      oldest = older.length > 0 ? older : oldest; // `findAge` asks for a higher age only after it has found an older record
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
    clearTimeout(overdue);
    client.destroy();
  }
}

interface PartitionPosition {
  readonly partition: number;
  /** The offset that the group goes on with. */
  readonly next: bigint;
  readonly end: bigint;
}

async function readPartitions(
  admin: kafkajs.Admin,
  groupId: string,
  topic: string,
): Promise<PartitionPosition[]> {
  // kafkajs knows no broker to ask about groups before it has asked for metadata.
  await admin.fetchTopicMetadata({ topics: [topic] });
  // The group first: the end is then not before it.
  const [positions] = await admin.fetchOffsets({ groupId, topics: [topic] });
  const committed = new Map(
    positions?.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]),
  );
  return (await admin.fetchTopicOffsets(topic)).map(({ partition, low, high }) => {
    const end = BigInt(high);
    const position = committed.get(partition) ?? -1n;
    // A group without a position, or with one that this topic never had, begins with the oldest record.
    return { partition, next: position < 0n || position > end ? BigInt(low) : position, end };
  });
}

const sum = (offsets: readonly bigint[]): number => Number(offsets.reduce((total, one) => total + one, 0n));
