import { afterEach, expect, test } from '@jest/globals';
import { kafkajs } from '../../src/kafka/kafkajs/patched-kafkajs.ts';
import { brokers, committed, createTopic, produce, uniqueName } from '../support/kafka.ts';
import { startMapping, stopMappings } from '../support/recorded-mapping.ts';
import { until } from '../support/until.ts';

/** Added partitions are found within 15 s. */
const FOUND_MS = 75_000;

afterEach(stopMappings);

test('LATEST skips no record of an added partition, also after a restart', async () => {
  const topic = await createTopic(uniqueName(), 1);
  const latest = { topic, startingPosition: { type: 'LATEST' } } as const;
  const first = startMapping(latest, () => Promise.reject(new Error('no')));
  await until('the position is kept', async () => `${await committed(`${topic}-group`, topic)}` === '0');

  await addPartition(topic);
  await produce(topic, 1, ['failing']);
  await until('the added partition is read', () => first.invocations.length > 0, FOUND_MS);
  await first.mapping.stop();
  const second = startMapping(latest);
  await until('a record is delivered', () => second.delivered(1).length > 0);

  expect(second.delivered(1)).toEqual([0]);
});

/** Waits until the broker lists the partition: kafkajs silently drops a record for a partition that it does not list. */
async function addPartition(topic: string): Promise<void> {
  const admin = new kafkajs.Kafka({ brokers: brokers.split(',') }).admin();
  await admin.connect();
  await admin.createPartitions({ topicPartitions: [{ topic, count: 2 }] });
  await until('the partition is listed', async () => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0]?.partitions.length === 2;
  });
  await admin.disconnect();
}
