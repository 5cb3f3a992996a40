import { randomUUID } from 'node:crypto';
import { kafkajs } from '../../src/kafka/kafkajs/patched-kafkajs.ts';

/** host:port of the shared broker. */
export const brokers = process.env.TEST_KAFKA_BROKERS ?? 'localhost:9092';

const kafka = new kafkajs.Kafka({
  brokers: brokers.split(','),
  clientId: 'test',
  logLevel: kafkajs.logLevel.NOTHING,
  retry: { retries: 10, initialRetryTime: 50, maxRetryTime: 500 },
});

export const uniqueName = (): string => `test-${randomUUID()}`;

export async function createTopic(
  topic: string,
  partitions: number,
  settings: Readonly<Record<string, string>> = {},
): Promise<string> {
  const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
  await withAdmin((admin) =>
    admin.createTopics({
      waitForLeaders: true,
      topics: [{ topic, numPartitions: partitions, configEntries }],
    }),
  );
  return topic;
}

/** Deletes a topic and creates it again at once. */
export async function recreateTopic(topic: string, partitions: number): Promise<void> {
  await deleteTopic(topic);
  await createTopic(topic, partitions);
}

export const deleteTopic = (topic: string): Promise<void> =>
  withAdmin((admin) => admin.deleteTopics({ topics: [topic] }));

/** Writes values to one partition, in order. */
export async function produce(
  topic: string,
  partition: number,
  values: readonly (string | Buffer)[],
): Promise<void> {
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  for (let from = 0; from < values.length; from += 500) {
    const messages = values.slice(from, from + 500).map((value) => ({ partition, value }));
    await producer.send({ topic, messages });
  }
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
