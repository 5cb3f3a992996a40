import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type CreateTopicsOptions,
  createTopics,
  type TopicReport,
} from '../../../../lib/kafka/topics/create-topics.ts';
import { freePort, LOCAL_HOST } from '../../../../local/process/ports.ts';
import { freshTopic, openAdmin, testBrokers } from '../../../support/kafka.ts';
import type { KafkaCluster } from '../../../support/kafka-cluster.ts';
import { startCluster } from './create-topics-cluster.ts';

const HOUR_MS = 3_600_000;
const START_MS = 120_000;
const settings = { partitions: 3, retentionMs: 168 * HOUR_MS, maxMessageBytes: 2 * 1024 * 1024 };

const create = (
  wanted: CreateTopicsOptions['wanted'],
  options: Partial<CreateTopicsOptions> = {},
): Promise<TopicReport> =>
  createTopics({ brokers: testBrokers(), clientId: 'test', wanted, isTest: true, ...options });

describe('the topics of a stage', () => {
  test('are created with their settings, and the second time found as they are', async () => {
    const topic = `dev-${randomUUID()}`;

    const first = await create({ [topic]: settings });
    const second = await create({ [topic]: settings });

    expect(first.created).toEqual([topic]);
    expect(second).toEqual({ ...first, created: [] });
    expect(first.topics).toEqual([
      {
        topic,
        partitions: 3,
        replication: 1,
        settings: expect.objectContaining({
          'retention.ms': `${168 * HOUR_MS}`,
          'retention.bytes': '-1',
          'max.message.bytes': '2097152',
          'cleanup.policy': 'delete',
          'min.insync.replicas': '1',
        }),
      },
    ]);
  });

  test('take the time of their records from the broker', async () => {
    const topic = `dev-${randomUUID()}`;

    await create({ [topic]: settings });

    await using admin = await openAdmin();
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: 2, name: topic, configNames: ['message.timestamp.type'] }],
    });
    expect(resources[0]?.configEntries[0]).toMatchObject({ configValue: 'LogAppendTime' });
  });

  test('on a cluster of too few brokers are not created outside a test stage, which is said', async () => {
    const topic = `prod-${randomUUID()}`;

    const creating = create({ [topic]: settings }, { isTest: false });

    await expect(creating).rejects.toMatchObject({
      code: 'invalid_configuration',
      message: expect.stringMatching(/fewer than 3 brokers now.*No topic was created/),
    });
    expect(await existingTopics()).not.toContain(topic);
  });

  test('that keep one copy are refused outside a test stage', async () => {
    const topic = `prod-${randomUUID()}`;
    await create({ [topic]: settings });

    const creating = create({ [topic]: settings }, { isTest: false });

    await expect(creating).rejects.toMatchObject({
      code: 'invalid_configuration',
      message: expect.stringMatching(`${topic} has 1 of 3 replicas.*\n.*min\\.insync\\.replicas=1`),
    });
  });

  test('take the time of the producer only with a warning', async () => {
    const topic = await freshTopic(3);

    const { warnings } = await create({ [topic]: { partitions: 3, retentionMs: HOUR_MS } });

    expect(warnings).toContainEqual(expect.stringContaining('message.timestamp.type=CreateTime'));
  });

  test('that are there with another number of partitions are refused and stay as they are', async () => {
    const topic = await freshTopic(2);

    const creating = create({ [topic]: settings });

    await expect(creating).rejects.toMatchObject({
      message: expect.stringContaining(`Topic ${topic} has 2 partitions instead of 3.`),
    });
  });

  test('are created once by two that do it at the same moment', async () => {
    const wanted = { [`dev-${randomUUID()}`]: settings };

    const both = await Promise.all([create(wanted), create(wanted)]);

    expect(both[0]?.topics).toEqual(both[1]?.topics);
  });

  test('cannot be created by a Kafka that is away, which is said', async () => {
    const nobody = `${LOCAL_HOST}:${await freePort()}`;

    await expect(create({}, { brokers: [nobody] })).rejects.toThrow(/connect|ECONNREFUSED/i);
  });
});

describe('the topics of a stage that is no test, on three brokers that keep one copy by default', () => {
  let cluster: KafkaCluster;

  beforeAll(async () => {
    cluster = await startCluster();
  }, START_MS);
  afterAll(async () => {
    await cluster[Symbol.asyncDispose]();
  });

  test('are created with three copies of which two acknowledge, and the second deployment finds nothing to say', async () => {
    const wanted = { orders: settings, 'orders.status': settings };
    const options = { brokers: cluster.brokers, isTest: false };

    const first = await create(wanted, options);
    const second = await create(wanted, options);

    expect(first).toMatchObject({ created: Object.keys(wanted), warnings: [] });
    expect(first.topics).toEqual(
      Object.keys(wanted).map((topic) => ({
        topic,
        partitions: 3,
        replication: 3,
        settings: expect.objectContaining({
          'min.insync.replicas': '2',
          'unclean.leader.election.enable': 'false',
          'retention.bytes': '-1',
        }),
      })),
    );
    expect(second).toEqual({ ...first, created: [] });
  });

  test('are created with three copies by a cluster that refuses to be told how many acknowledge, and judged as they are', async () => {
    const creating = create(
      { 'serverless.orders': settings, 'serverless.orders.status': settings },
      { brokers: cluster.brokers, isTest: false },
    );

    await expect(creating).rejects.toMatchObject({
      code: 'invalid_configuration',
      message: expect.stringMatching(
        /^Topic serverless\.orders has min\.insync\.replicas=1 .*\n.*\nJust created, and empty: serverless\.orders, serverless\.orders\.status\.$/,
      ),
    });
    expect(await existingTopics(cluster.brokers)).toContain('serverless.orders');
  });
});

async function existingTopics(brokers: readonly string[] = testBrokers()): Promise<string[]> {
  await using admin = await openAdmin(brokers);
  const names = await admin.listTopics();
  return names;
}
