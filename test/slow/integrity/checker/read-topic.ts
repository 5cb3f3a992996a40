import { randomUUID } from 'node:crypto';
import type { kafkajs } from '../../../../lib/kafka/kafkajs/patched-kafkajs.ts';
import { kafkaClient, openAdmin } from '../../../support/kafka.ts';

export interface ReadMessage {
  readonly partition: number;
  readonly message: kafkajs.KafkaMessage;
}

/** Reads all records that a topic has now, and maps each with `read`. */
export async function readTopic<Read>(
  brokers: readonly string[],
  topic: string,
  read: (message: ReadMessage) => Read,
): Promise<Read[]> {
  const kafka = kafkaClient([...brokers]);
  const remaining = await openEnds(brokers, topic);
  return remaining.size === 0 ? [] : await readUntil(kafka, topic, remaining, read);
}

/** Returns the end offsets of all partitions that are not empty. */
async function openEnds(brokers: readonly string[], topic: string): Promise<Map<number, bigint>> {
  await using admin = await openAdmin(brokers);
  const offsets = await admin.fetchTopicOffsets(topic);
  return new Map(
    offsets.filter(({ low, high }) => low !== high).map(({ partition, high }) => [partition, BigInt(high)]),
  );
}

/** Removes each partition from `remaining` when it reaches its end. */
async function readUntil<Read>(
  kafka: kafkajs.Kafka,
  topic: string,
  remaining: Map<number, bigint>,
  read: (message: ReadMessage) => Read,
): Promise<Read[]> {
  const records: Read[] = [];
  const consumer = kafka.consumer({ groupId: `checker-${randomUUID()}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer.on('consumer.crash', ({ payload }) => payload.restart || reject(payload.error));
    const eachBatch = async ({ batch: { partition, messages } }: kafkajs.EachBatchPayload): Promise<void> => {
      for (const message of messages) {
        records.push(read({ partition, message }));
      }
      const last = messages.at(-1);
      if (last !== undefined && BigInt(last.offset) + 1n >= (remaining.get(partition) ?? 0n)) {
        remaining.delete(partition);
      }
      if (remaining.size === 0) {
        resolve();
      }
    };
    consumer.run({ autoCommit: false, eachBatch }).catch(reject);
  });
  await consumer.disconnect();
  return records;
}
