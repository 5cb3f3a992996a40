import { randomUUID } from 'node:crypto';
import type { kafkajs } from '../../../../lib/kafka/kafkajs/patched-kafkajs.ts';
import { kafkaClient, openAdmin } from '../../../support/kafka.ts';

export interface ReadMessage {
  readonly partition: number;
  readonly message: kafkajs.KafkaMessage;
}

/** Everything that a topic holds now, from its first record to its last, as `read` makes it of each. */
export async function readTopic<Read>(
  brokers: readonly string[],
  topic: string,
  read: (message: ReadMessage) => Read,
): Promise<Read[]> {
  const kafka = kafkaClient([...brokers]);
  const left = await openEnds(brokers, topic);
  return left.size === 0 ? [] : await readUntil(kafka, topic, left, read);
}

/** Where each partition ends that holds anything. */
async function openEnds(brokers: readonly string[], topic: string): Promise<Map<number, bigint>> {
  await using admin = await openAdmin(brokers);
  const offsets = await admin.fetchTopicOffsets(topic);
  return new Map(
    offsets.filter(({ low, high }) => low !== high).map(({ partition, high }) => [partition, BigInt(high)]),
  );
}

/** Takes partitions out of `left` as it reaches their ends. */
async function readUntil<Read>(
  kafka: kafkajs.Kafka,
  topic: string,
  left: Map<number, bigint>,
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
      if (last !== undefined && BigInt(last.offset) + 1n >= (left.get(partition) ?? 0n)) {
        left.delete(partition);
      }
      if (left.size === 0) {
        resolve();
      }
    };
    consumer.run({ autoCommit: false, eachBatch }).catch(reject);
  });
  await consumer.disconnect();
  return records;
}
