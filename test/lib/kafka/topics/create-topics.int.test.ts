import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type CreateTopicsOptions,
  createTopics,
  type TopicReport,
} from '../../../../lib/kafka/topics/create-topics.ts';
import { freePort, LOCAL_HOST } from '../../../../local/process/ports.ts';
import { freshTopic, isLed, openAdmin, testBrokers } from '../../../support/kafka.ts';
import type { KafkaCluster } from '../../../support/kafka-cluster.ts';
import { until } from '../../../support/until.ts';
import { startCluster } from './create-topics-cluster.ts';

const HOUR_MS = 3_600_000;
const settings = { partitions: 3, retentionMs: 168 * HOUR_MS, maxMessageBytes: 2 * 1024 * 1024 };

const create = (
  wanted: CreateTopicsOptions['wanted'],
  options: Partial<CreateTopicsOptions> = {},
): Promise<TopicReport> =>
  createTopics({ brokers: testBrokers(), clientId: 'test', wanted, isTest: true, ...options });

describe('the topics of a stage', () => {
  test('are created with their settings, and found unchanged the second time', async () => {
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

  test('get their record timestamps from the broker', async () => {
    const topic = `dev-${randomUUID()}`;

    await create({ [topic]: settings });

    await using admin = await openAdmin();
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: 2, name: topic, configNames: ['message.timestamp.type'] }],
    });
    expect(resources[0]?.configEntries[0]).toMatchObject({ configValue: 'LogAppendTime' });
  });

  test('on a cluster with too few brokers are not created outside a test stage, with a clear error', async () => {
    const topic = `prod-${randomUUID()}`;

    const creating = create({ [topic]: settings }, { isTest: false });

    await expect(creating).rejects.toMatchObject({
      code: 'invalid_configuration',
      message: expect.stringMatching(/fewer than 3 brokers now.*No topic was created/),
    });
    expect(await existingTopics()).not.toContain(topic);
  });

  test('with one replica are rejected outside a test stage', async () => {
    const topic = `prod-${randomUUID()}`;
    await create({ [topic]: settings });

    const creating = create({ [topic]: settings }, { isTest: false });

    await expect(creating).rejects.toMatchObject({
      code: 'invalid_configuration',
      message: expect.stringMatching(`${topic} has 1 of 3 replicas.*\n.*min\\.insync\\.replicas=1`),
    });
  });

  test('with producer timestamps get a warning', async () => {
    const topic = await freshTopic(3);

    const { warnings } = await create({ [topic]: { partitions: 3, retentionMs: HOUR_MS } });

    expect(warnings).toContainEqual(expect.stringContaining('message.timestamp.type=CreateTime'));
  });

  test('with another number of partitions are rejected and stay unchanged', async () => {
    const topic = await freshTopic(2);

    const creating = create({ [topic]: settings });

    await expect(creating).rejects.toMatchObject({
      message: expect.stringContaining(`Topic ${topic} has 2 partitions instead of 3.`),
    });
  });

  test('are created once by two concurrent calls', async () => {
    const wanted = { [`dev-${randomUUID()}`]: settings };

    const both = await Promise.all([create(wanted), create(wanted)]);

    expect(both[0]?.topics).toEqual(both[1]?.topics);
  });

  test('cannot be created while Kafka is unavailable, with its error', async () => {
    const unused = `${LOCAL_HOST}:${await freePort()}`;

    await expect(create({}, { brokers: [unused] })).rejects.toThrow(/connect|ECONNREFUSED/i);
  });
});

describe('the topics of a stage that is not a test stage, on three brokers with one replica by default', () => {
  let cluster: KafkaCluster;

  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(async () => {
    await cluster[Symbol.asyncDispose]();
  });

  test('are created with three replicas of which two acknowledge, and a second deployment finds no fault', async () => {
    const wanted = { orders: settings, 'orders.status': settings };
    const options = { brokers: cluster.brokers, isTest: false };

    const first = await create(wanted, options);
    await using admin = await openAdmin(cluster.brokers);
    for (const topic of Object.keys(wanted)) {
      await until('every broker knows the topic', () => isLed(admin, topic)); // each leads a partition
    }
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

  test('are created with three replicas by a cluster that rejects min.insync.replicas, and then validated', async () => {
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
    // a broker may not know a topic yet that another broker has just created
    await until('serverless.orders exists', async () =>
      (await existingTopics(cluster.brokers)).includes('serverless.orders'),
    );
  });
});

async function existingTopics(brokers: readonly string[] = testBrokers()): Promise<string[]> {
  await using admin = await openAdmin(brokers);
  const names = await admin.listTopics();
  return names;
}
