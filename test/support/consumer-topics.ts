import { randomUUID } from 'node:crypto';
import { type Consumer, type ConsumerOptions, createConsumer } from '../../lib/kafka/consumer/consumer.ts';
import { kafkajs } from '../../lib/kafka/kafkajs/patched-kafkajs.ts';
import { kafkaClient, openAdmin, testBrokers } from './kafka.ts';

/** Produces messages with a plain kafkajs producer. */
export async function produce(
  topic: string,
  messages: kafkajs.Message[],
  { brokers = testBrokers(), compression = kafkajs.CompressionTypes.None } = {},
): Promise<void> {
  const producer = kafkaClient(brokers).producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  await producer.send({ topic, messages, compression });
  await producer.disconnect();
}

/** Returns messages with the values 0 … count - 1, distributed round-robin over the partitions. */
export function numbers(count: number, { partitions = 1, from = 0 } = {}): kafkajs.Message[] {
  return Array.from({ length: count }, (_, index) => ({
    partition: index % partitions,
    value: `${from + index}`,
  }));
}

interface Collector<Value> {
  readonly values: (Value | null)[];
  readonly collect: (message: { readonly value: Value | null }) => void;
}

/** Returns a handler that collects the values. */
export function collector<Value = number>(): Collector<Value> {
  const values: (Value | null)[] = [];
  return { values, collect: ({ value }) => void values.push(value) };
}

/** Returns the committed offsets of a group by partition; -1 without one. */
export async function committed(
  groupId: string,
  topic: string,
  brokers: string[] = testBrokers(),
): Promise<number[]> {
  await using admin = await openAdmin(brokers);
  const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] });
  const partitions = offsets?.partitions ?? [];
  return partitions.sort((a, b) => a.partition - b.partition).map(({ offset }) => Number(offset));
}

export async function groupIds(): Promise<string[]> {
  await using admin = await openAdmin();
  const { groups } = await admin.listGroups();
  return groups.map(({ groupId }) => groupId);
}

type Options<Value> = Omit<ConsumerOptions<Record<string, Value>>, 'brokers' | 'clientId'>;

const open: AsyncDisposable[] = [];

/** Creates a consumer on the shared broker. `closeConsumers` closes it. */
export function newConsumer<Value = number>(options: Options<Value>): Consumer<Record<string, Value>> {
  const consumer = createConsumer<Record<string, Value>>({
    brokers: testBrokers(),
    clientId: 'consumer-test',
    ...options,
  });
  open.push(consumer);
  return consumer;
}

/** Closes all consumers of a test; for `afterEach`. */
export async function closeConsumers(): Promise<void> {
  await Promise.all(open.splice(0).map((consumer) => consumer[Symbol.asyncDispose]()));
}

export const newGroup = (): string => `group-${randomUUID()}`;

export const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
