import { topics } from '../../lib/kafka/topics/topics.ts';
import type { KafkaRecord } from '../../lib/orders/command.ts';
import { ensureTopics } from '../../local/kafka/ensure-topics.ts';
import { type ReadRecord, readTopic, testBrokers } from './kafka.ts';

/** Makes the topic `orders` where it is not there yet. */
export async function ensureOrdersTopic(brokers: string[] = testBrokers()): Promise<void> {
  await ensureTopics(brokers, topics);
}

/** What the topic `orders` holds of orders whose id starts with `prefix`. */
export async function readOrders(prefix: string, brokers: string[] = testBrokers()): Promise<ReadRecord[]> {
  return (await readTopic('orders', brokers)).filter(({ key }) => key?.startsWith(prefix));
}

/** The same as a function would be given them. */
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
