import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { joinGroup } from '../../../../lib/kafka/consumer/group-member.ts';
import { currentTopicIds } from '../../../../lib/kafka/consumer/offset-lookup.ts';
import {
  closeConsumers,
  collector,
  committed,
  newConsumer,
  newGroup,
  numbers,
  produce,
  upTo,
} from '../../../support/consumer-topics.ts';
import {
  createTopicsWithLeaders,
  freshTopic,
  openAdmin,
  recreateTopic,
  testBrokers,
} from '../../../support/kafka.ts';
import { until } from '../../../support/until.ts';

const NEW = 1_000;

let topic: string;
let warnings: string[];

beforeEach(async () => {
  topic = await freshTopic(1);
  warnings = [];
});
afterEach(closeConsumers);

const onWarning = (warning: string): void => void warnings.push(warning);

const isNew = (value: number | null): value is number => value !== null && value >= NEW;

const recreated = (): string[] => warnings.filter((warning) => warning.includes('created again'));

test.each([
  { groupId: newGroup(), startFrom: 'earliest', count: 300, partitions: 1 },
  { groupId: newGroup(), startFrom: 'latest', count: 20, partitions: 1 },
  { groupId: newGroup(), startFrom: 'latest', count: 300, partitions: 3 },
  { groupId: undefined, startFrom: 'latest', count: 300, partitions: 1 },
  { groupId: undefined, startFrom: 'earliest', count: 20, partitions: 1 },
] as const)(
  'a recreated topic is read from its beginning: $groupId, $startFrom, $count messages, $partitions partitions',
  async ({ groupId, startFrom, count, partitions }) => {
    const { values, collect } = collector();
    const group = groupId === undefined ? {} : { groupId };
    const consumer = newConsumer<number>({ topics: [topic], startFrom, onWarning, ...group });
    await consumer.start(collect);
    await produce(topic, numbers(100));
    await until('the first topic is read', () => values.length === 100);

    await recreateTopic(topic, partitions);
    await produce(topic, numbers(count, { from: NEW, partitions }));

    const wanted = upTo(count).map((value) => NEW + value);
    await until('the new topic is read', () => new Set(values.filter(isNew)).size === count);
    expect(values.filter(isNew).sort((a, b) => a - b)).toEqual(wanted);
    expect(recreated()).toEqual([expect.stringContaining(topic)]);
    if (groupId !== undefined) {
      await consumer.stop();
      const offsets = await committed(groupId, topic);
      expect(offsets.reduce((sum, offset) => sum + offset, 0)).toBe(count);
    }
  },
);

test('a late handler of the deleted topic moves no position of the new topic, and other topics continue', async () => {
  const other = await freshTopic(1);
  const groupId = newGroup();
  const { values, collect } = collector();
  const release = Promise.withResolvers<void>();
  const consumer = newConsumer<number>({ topics: [topic, other], groupId, onWarning });
  await consumer.start(async (message) => {
    await (message.topic === topic && message.value === 60 ? release.promise : undefined);
    collect(message);
  });
  await produce(other, numbers(10, { from: -10 }));
  await produce(topic, numbers(100));
  await until('a handler hangs', () => values.length === 70);

  await recreateTopic(topic, 1);
  await produce(topic, numbers(200, { from: NEW }));
  await until('it is noticed', () => recreated().length === 1);
  release.resolve();

  await until('the new topic is read', () => new Set(values.filter(isNew)).size === 200);
  await produce(other, numbers(10, { from: -20 }));
  await until('the other topic continues', () => values.filter((value) => Number(value) < 0).length === 20);
  await consumer.stop();
  expect(values.filter(isNew)).toEqual(upTo(200).map((value) => NEW + value));
  expect(await committed(groupId, topic)).toEqual([200]);
  expect(await committed(groupId, other)).toEqual([20]);
});

test('a position that was committed for a deleted topic does not apply to the new topic', async () => {
  const groupId = newGroup();
  const connection = { brokers: testBrokers(), clientId: 'stale-member', topics: [topic] };
  const topicIds = await currentTopicIds(connection);
  const assigned = Promise.withResolvers<void>();
  const member = await joinGroup({ ...connection, topicIds, groupId }, new AbortController().signal, {
    assigned: () => assigned.resolve(),
    rebalancing: () => undefined,
    read: () => undefined,
    unreadable: () => undefined,
  });
  await assigned.promise;
  await recreateTopic(topic, 1);
  await member.commit([{ topic, partition: 0, offset: 50n }]);
  expect(await committed(groupId, topic)).toEqual([50]);
  await member.leave();
  await produce(topic, numbers(80));

  const { values, collect } = collector();
  await newConsumer({ topics: [topic], groupId }).start(collect);

  await until('the new topic is read', () => values.length === 80);
  expect(values).toEqual(upTo(80));
});

test('a missing topic is reported, and is read when it exists again', async () => {
  const { values, collect } = collector();
  const consumer = newConsumer<number>({ topics: [topic], groupId: newGroup(), onWarning });
  await consumer.start(collect);
  await produce(topic, numbers(5));
  await until('it is read', () => values.length === 5);

  await using admin = await openAdmin();
  await admin.deleteTopics({ topics: [topic] });
  await until('the warning is logged', () => warnings.some((warning) => warning.includes('interrupted')));
  await createTopicsWithLeaders(admin, { topic, numPartitions: 1 });
  await produce(topic, numbers(5, { from: NEW }));

  await until('it is read again', () => values.length === 10);
});
