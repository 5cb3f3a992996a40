import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createTopicsWithLeaders } from '../../../../test/support/kafka.ts';
import { kafkajs } from '../../src/kafka/kafkajs/patched-kafkajs.ts';

export { recreateTopic } from '../../../../test/support/kafka.ts';

/** host:port of the shared broker. */
export const brokers = process.env.TEST_KAFKA_BROKERS ?? 'localhost:9092';

const kafka = new kafkajs.Kafka({
  brokers: brokers.split(','),
  clientId: 'test',
  logLevel: kafkajs.logLevel.NOTHING,
  retry: { retries: 10, initialRetryTime: 50, maxRetryTime: 500 },
});

export const uniqueName = (): string => `test-${randomUUID()}`;

/** Creates a topic on the shared broker, or on the broker of `client`, and waits until each leader answers. */
export async function createTopic(
  topic: string,
  partitions: number,
  settings: Readonly<Record<string, string>> = {},
  client = kafka,
): Promise<string> {
  const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
  const admin = client.admin();
  await admin.connect();
  await createTopicsWithLeaders(admin, { topic, numPartitions: partitions, configEntries });
  await admin.disconnect();
  return topic;
}

export const deleteTopic = (topic: string): Promise<void> =>
  withAdmin((admin) => admin.deleteTopics({ topics: [topic] }));

/** Writes values to one partition, in order. Their timestamps are `timestampMs`, by default the current time. */
export async function produce(
  topic: string,
  partition: number,
  values: readonly (string | Buffer)[],
  { timestampMs }: { readonly timestampMs?: number } = {},
): Promise<void> {
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  for (let from = 0; from < values.length; from += 500) {
    const messages = values.slice(from, from + 500).map((value) => ({
      partition,
      value,
      ...(timestampMs !== undefined && { timestamp: `${timestampMs}` }),
    }));
    await producer.send({ topic, messages });
  }
  await producer.disconnect();
}

/** Writes values to partition 0, each in a request of its own, without waiting for the answers in between. */
export async function produceEvery(
  intervalMs: number,
  topic: string,
  values: readonly string[],
): Promise<void> {
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  const sends: Promise<unknown>[] = [];
  for (const value of values) {
    sends.push(producer.send({ topic, messages: [{ partition: 0, value }] }));
    await delay(intervalMs);
  }
  await Promise.all(sends);
  await producer.disconnect();
}

/** Returns the committed offsets of a group, by partition; -1 without an offset. */
export async function committed(groupId: string, topic: string): Promise<number[]> {
  const [offsets] = await withAdmin((admin) => admin.fetchOffsets({ groupId, topics: [topic] }));
  const sorted = offsets?.partitions.toSorted((a, b) => a.partition - b.partition) ?? [];
  return sorted.map(({ offset }) => Number(offset));
}

/** Returns the client ids of a group's members. */
export async function members(groupId: string): Promise<string[]> {
  const { groups } = await withAdmin((admin) => admin.describeGroups([groupId]));
  return groups.flatMap((group) => group.members.map(({ clientId }) => clientId));
}

export const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `${index}`);

const LAST_ATTEMPT = 10;

/** Retries while a new broker has no group coordinator yet. */
async function withAdmin<T>(use: (admin: kafkajs.Admin) => Promise<T>, attempt = 1): Promise<T> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await use(admin);
  } catch (error) {
    if (!(error instanceof kafkajs.KafkaJSProtocolError && error.retriable) || attempt === LAST_ATTEMPT) {
      throw error;
    }
  } finally {
    await admin.disconnect();
  }
  return withAdmin(use, attempt + 1);
}
