import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { createTopics } from '../../../lib/kafka/topics/create-topics.ts';
import { topicConfig, topics } from '../../../lib/kafka/topics/topics.ts';
import { ensureTopics } from '../../../local/kafka/ensure-topics.ts';
import { freePort, LOCAL_HOST } from '../../../local/process/ports.ts';
import { createTopicsWithLeaders, openAdmin, testBrokers } from '../../support/kafka.ts';

const HOUR_MS = 3_600_000;

async function configOf(topic: string): Promise<Record<string, string>> {
  await using admin = await openAdmin();
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: 2, name: topic }],
  });
  const entries = resources[0]?.configEntries ?? [];
  return Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue]));
}

async function describeTopic(
  topic: string,
): Promise<{ partitions: number; retentionMs: string | undefined }> {
  await using admin = await openAdmin();
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const { resources } = await admin.describeConfigs({
    resources: [{ type: 2, name: topic }],
    includeSynonyms: false,
  });
  const retention = resources[0]?.configEntries.find(({ configName }) => configName === 'retention.ms');
  return { partitions: topics[0]?.partitions.length ?? 0, retentionMs: retention?.configValue };
}

test('missing topics are created as described, once', async () => {
  const topic = `orders-${randomUUID()}`;
  const wanted = { [topic]: { partitions: 6, retentionMs: 168 * HOUR_MS } };

  const first = await ensureTopics(testBrokers(), wanted);
  const second = await ensureTopics(testBrokers(), wanted);

  expect(first).toEqual({ created: [topic], changed: [], warnings: [] });
  expect(second).toEqual({ created: [], changed: [], warnings: [] });
  expect(await describeTopic(topic)).toEqual({ partitions: 6, retentionMs: `${168 * HOUR_MS}` });
});

test('the number of partitions of an existing topic never changes, and a warning reports the difference', async () => {
  const topic = `orders-${randomUUID()}`;
  await ensureTopics(testBrokers(), { [topic]: { partitions: 2, retentionMs: HOUR_MS } });

  const { created, warnings } = await ensureTopics(testBrokers(), {
    [topic]: { partitions: 6, retentionMs: HOUR_MS },
  });

  expect(created).toEqual([]);
  expect(warnings).toEqual([expect.stringContaining(`Topic ${topic} has 2 partitions instead of 6.`)]);
  expect(await describeTopic(topic)).toMatchObject({ partitions: 2 });
});

describe('a topic of an earlier release', () => {
  const settings = { partitions: 1, retentionMs: 168 * HOUR_MS, maxMessageBytes: 2_097_152 };

  async function earlierTopic(): Promise<string> {
    const topic = `orders-${randomUUID()}`;
    await using admin = await openAdmin();
    const configEntries = [
      { name: 'retention.ms', value: `${settings.retentionMs}` },
      { name: 'retention.bytes', value: '1000000' },
      { name: 'compression.type', value: 'uncompressed' },
      { name: 'segment.ms', value: '3600000' },
    ];
    await createTopicsWithLeaders(admin, { topic, numPartitions: 1, configEntries });
    return topic;
  }

  test('gets the configuration of a stage on AWS, and keeps its other settings', async () => {
    const topic = await earlierTopic();

    const first = await ensureTopics(testBrokers(), { [topic]: settings });
    const second = await ensureTopics(testBrokers(), { [topic]: settings });

    expect(first).toEqual({ created: [], changed: [expect.stringContaining(topic)], warnings: [] });
    expect(first.changed[0]).toContain('message.timestamp.type=CreateTime instead of LogAppendTime');
    expect(second).toEqual({ created: [], changed: [], warnings: [] });
    expect(await configOf(topic)).toMatchObject({ ...topicConfig(settings), 'segment.ms': '3600000' });
  });

  test('stays unchanged in a remote Kafka, and a warning names each difference', async () => {
    const topic = await earlierTopic();
    const before = await configOf(topic);

    const { changed, warnings } = await ensureTopics(testBrokers(), { [topic]: settings }, { isOurs: false });

    expect(changed).toEqual([]);
    expect(warnings).toEqual([
      expect.stringMatching(
        `^Topic ${topic} has retention.bytes=1000000 instead of -1, message.timestamp.type=CreateTime instead of LogAppendTime, max.message.bytes=\\d+ instead of 2097152, compression.type=uncompressed instead of producer. It was not changed`,
      ),
    ]);
    expect(await configOf(topic)).toEqual(before);
  });
});

test.each(Object.entries(topics))(
  'a new topic %s has the same configuration as in a deployment',
  async (name, settings) => {
    const [local, deployed] = [`${name}-${randomUUID()}`, `${name}-${randomUUID()}`];

    await ensureTopics(testBrokers(), { [local]: settings });
    const wanted = { [deployed]: settings };
    await createTopics({ brokers: testBrokers(), clientId: 'test', wanted, isTest: true });

    const config = await configOf(local);
    expect(await configOf(deployed)).toMatchObject(config);
    expect(config).toMatchObject(topicConfig(settings));
  },
);

test('two concurrent creations of the same topic both succeed', async () => {
  const wanted = { [`orders-${randomUUID()}`]: { partitions: 3, retentionMs: HOUR_MS } };

  const both = await Promise.all([ensureTopics(testBrokers(), wanted), ensureTopics(testBrokers(), wanted)]);

  expect(both.flatMap(({ warnings }) => warnings)).toEqual([]);
});

test('a Kafka that does not answer is named in the error', async () => {
  const unused = `${LOCAL_HOST}:${await freePort()}`;

  await expect(ensureTopics([unused], {})).rejects.toMatchObject({
    code: 'local_stack',
    message: expect.stringContaining(`Kafka at ${unused} did not create the topics`),
  });
});
