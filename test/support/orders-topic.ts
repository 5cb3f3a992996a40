import { topics } from '../../lib/kafka/topics/topics.ts';
import type { KafkaRecord } from '../../lib/orders/command.ts';
import { ensureTopics } from '../../local/kafka/ensure-topics.ts';
import { type ReadRecord, readTopic, testBrokers } from './kafka.ts';

/** Creates the topic `orders` if it does not exist. */
export async function ensureOrdersTopic(brokers: string[] = testBrokers()): Promise<void> {
  await ensureTopics(brokers, topics);
}

/** Reads the records of `orders` whose order id starts with `prefix`. */
export async function readOrders(prefix: string, brokers: string[] = testBrokers()): Promise<ReadRecord[]> {
  return (await readTopic('orders', brokers)).filter(({ key }) => key?.startsWith(prefix));
}

/** Converts records to the format in which a function gets them. */
export function asDelivered(records: readonly ReadRecord[]): KafkaRecord[] {
  return records.map(({ partition, offset, key, value, headers }) => ({
    topic: 'orders',
    partition,
    offset: Number(offset),
    timestamp: 0,
    key: key === null ? null : Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
    headers: Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)] as const),
  }));
}
