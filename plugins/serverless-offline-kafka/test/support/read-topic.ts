import { kafkajs } from '../../src/kafka/kafkajs/patched-kafkajs.ts';
import { brokers, uniqueName } from './kafka.ts';
import { until } from './until.ts';

export interface TopicRecord {
  readonly partition: number;
  readonly key: string | null;
  /** The parsed JSON of the record's value. */
  readonly value: Readonly<Record<string, unknown>>;
}

/** Reads this number of records from the beginning of a topic, in the order of each partition. */
export async function readTopic(topic: string, count: number): Promise<TopicRecord[]> {
  const kafka = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: uniqueName(), maxWaitTimeInMs: 100 });
  const records: TopicRecord[] = [];
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ partition, message }) => {
        const key = message.key?.toString() ?? null;
        records.push({ partition, key, value: JSON.parse(message.value?.toString() ?? 'null') });
      },
    });
    await until(`${count} records are in the topic`, () => records.length >= count);
  } finally {
    await consumer.disconnect();
  }
  return records;
}
