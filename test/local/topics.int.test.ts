import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { freePort, LOCAL_HOST } from '../../local/ports.ts';
import { ensureTopics } from '../../local/topics.ts';
import { kafkaClient, testBrokers } from '../support/kafka.ts';

const HOUR_MS = 3_600_000;

async function describeTopic(
  topic: string,
): Promise<{ partitions: number; retentionMs: string | undefined }> {
  const admin = kafkaClient().admin();
  await admin.connect();
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const { resources } = await admin.describeConfigs({
    resources: [{ type: 2, name: topic }],
    includeSynonyms: false,
  });
  await admin.disconnect();
  const retention = resources[0]?.configEntries.find(({ configName }) => configName === 'retention.ms');
  return { partitions: topics[0]?.partitions.length ?? 0, retentionMs: retention?.configValue };
}

test('missing topics are created as described, once', async () => {
  const topic = `orders-${randomUUID()}`;
  const wanted = { [topic]: { partitions: 6, retentionMs: 168 * HOUR_MS } };

  const first = await ensureTopics(testBrokers(), wanted);
  const second = await ensureTopics(testBrokers(), wanted);

  expect(first).toEqual({ created: [topic], warnings: [] });
  expect(second).toEqual({ created: [], warnings: [] });
  expect(await describeTopic(topic)).toEqual({ partitions: 6, retentionMs: `${168 * HOUR_MS}` });
});

test('the number of partitions of an existing topic is never changed, and a warning says so', async () => {
  const topic = `orders-${randomUUID()}`;
  await ensureTopics(testBrokers(), { [topic]: { partitions: 2, retentionMs: HOUR_MS } });

  const { created, warnings } = await ensureTopics(testBrokers(), {
    [topic]: { partitions: 6, retentionMs: HOUR_MS },
  });

  expect(created).toEqual([]);
  expect(warnings).toEqual([expect.stringContaining(`Topic ${topic} has 2 partitions instead of 6.`)]);
  expect(await describeTopic(topic)).toMatchObject({ partitions: 2 });
});

test('two that create the same topic at once both succeed', async () => {
  const wanted = { [`orders-${randomUUID()}`]: { partitions: 3, retentionMs: HOUR_MS } };

  const both = await Promise.all([ensureTopics(testBrokers(), wanted), ensureTopics(testBrokers(), wanted)]);

  expect(both.flatMap(({ warnings }) => warnings)).toEqual([]);
});

test('a Kafka that does not answer is named in the error', async () => {
  const nobody = `${LOCAL_HOST}:${await freePort()}`;

  await expect(ensureTopics([nobody], {})).rejects.toMatchObject({
    code: 'local_stack',
    message: expect.stringContaining(`Kafka at ${nobody} did not create the topics`),
  });
});
