import { randomUUID } from 'node:crypto';
import { kafkaFailure } from '../../lib/kafka/kafka-errors.ts';
import { kafkajs } from '../../lib/kafka/kafkajs/patched-kafkajs.ts';
import { readTopicIds } from '../../lib/kafka/kafkajs/topic-ids.ts';
import { until } from './until.ts';

/** host:port of the shared broker of the integration tests. */
export const testBrokers = (): string[] => (process.env.TEST_KAFKA_BROKERS ?? '').split(',');

export function kafkaClient(brokers: string[] = testBrokers()): kafkajs.Kafka {
  return new kafkajs.Kafka({
    brokers,
    clientId: 'test',
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 10, initialRetryTime: 50, maxRetryTime: 500 },
  });
}

/** An admin client that disconnects at the end of its scope. */
export async function openAdmin(
  brokers: readonly string[] = testBrokers(),
): Promise<kafkajs.Admin & AsyncDisposable> {
  const admin = kafkaClient([...brokers]).admin();
  await admin.connect();
  return Object.assign(admin, { [Symbol.asyncDispose]: () => admin.disconnect() });
}

/** Creates a topic with a unique name. Returns the name. */
export async function freshTopic(partitions: number, brokers: string[] = testBrokers()): Promise<string> {
  const topic = `test-${randomUUID()}`;
  await using admin = await openAdmin(brokers);
  await createTopicsWithLeaders(admin, { topic, numPartitions: partitions });
  return topic;
}

/**
 * Creates topics and waits for their leaders. The wait of kafkajs asks only one broker, and fails when that broker does not
 * know a topic yet.
 */
export async function createTopicsWithLeaders(
  admin: kafkajs.Admin,
  ...topics: kafkajs.ITopicConfig[]
): Promise<void> {
  await admin.createTopics({ waitForLeaders: false, topics });
  for (const { topic } of topics) {
    await until(`${topic} has its leaders`, () => isLed(admin, topic));
  }
}

/**
 * Deletes a topic and creates it again at once. Waits for the new one: the broker may not know of the deletion yet. Waits for
 * its leaders: kafkajs repeats a whole request, and duplicates its records, when one partition has no leader yet.
 */
export async function recreateTopic(topic: string, partitions: number): Promise<void> {
  await using admin = await openAdmin();
  const currentId = async (): Promise<string | undefined> => (await readTopicIds(admin, [topic])).get(topic);
  const deletedId = await currentId();
  await admin.deleteTopics({ topics: [topic] });
  await admin.createTopics({ waitForLeaders: false, topics: [{ topic, numPartitions: partitions }] });
  await until('the broker has the new topic', () =>
    currentId().then(
      (id) => id !== deletedId,
      () => false,
    ),
  );
  await until('the new topic has its leaders', () => isLed(admin, topic));
}

/** Returns whether each leader answers for its partitions. */
export async function isLed(admin: kafkajs.Admin, topic: string): Promise<boolean> {
  try {
    await admin.fetchTopicOffsets(topic);
    return true;
  } catch (error) {
    if (kafkaFailure(error) === 'retry') {
      return false;
    }
    throw error;
  }
}

/**
 * Waits until the brokers coordinate all groups. They create the topic of the groups' offsets at the first request, and reject
 * requests for a group while they load its partition. These groups are on the five partitions of a local broker.
 */
export async function waitForGroups(brokers: readonly string[]): Promise<void> {
  await using admin = await openAdmin(brokers);
  for (const groupId of ['a', 'b', 'c', 'd', 'e']) {
    const isCoordinated = (): Promise<boolean> =>
      admin.fetchOffsets({ groupId }).then(
        () => true,
        () => false,
      );
    await until(`the brokers coordinate the group ${groupId}`, isCoordinated);
  }
}

export interface ReadRecord {
  readonly partition: number;
  readonly offset: bigint;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** Reads all current records of a topic, sorted by partition and offset. */
export async function readTopic(topic: string, brokers: string[] = testBrokers()): Promise<ReadRecord[]> {
  await using admin = await openAdmin(brokers);
  await until(`${topic} has its leaders`, () => isLed(admin, topic));
  const ends = await admin.fetchTopicOffsets(topic);
  const left = new Map(
    ends.filter(({ high, low }) => high !== low).map(({ partition, high }) => [partition, BigInt(high)]),
  );
  const records: ReadRecord[] = [];
  const read = new Set<string>();
  if (left.size === 0) {
    return records;
  }

  const consumer = kafkaClient(brokers).consumer({ groupId: `reader-${randomUUID()}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer.on('consumer.crash', ({ payload }) => payload.restart || reject(payload.error));
    consumer
      .run({
        autoCommit: false,
        eachMessage: async ({ partition, message }) => {
          const offset = BigInt(message.offset);
          const position = `${partition}@${offset}`;
          if (read.has(position)) {
            return; // kafkajs has joined its group again, and reads from the beginning
          }
          read.add(position);
          records.push({
            partition,
            offset,
            timestamp: Number(message.timestamp),
            key: message.key?.toString() ?? null,
            value: message.value?.toString() ?? null,
            headers: Object.fromEntries(
              Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]),
            ),
          });
          if (offset + 1n === left.get(partition)) {
            left.delete(partition);
          }
          if (left.size === 0) {
            resolve();
          }
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return records.sort((a, b) => a.partition - b.partition || Number(a.offset - b.offset));
}
