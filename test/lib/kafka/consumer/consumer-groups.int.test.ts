import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from '@jest/globals';
import { type Consumer, createConsumer } from '../../../../lib/kafka/consumer/consumer.ts';
import {
  distinct,
  expectInOrder,
  handler,
  type Load,
  PARTITIONS,
  produceUntilStopped,
  type Seen,
} from '../../../support/consumer-group.ts';
import { committed, numbers, produce } from '../../../support/consumer-topics.ts';
import { freshTopic, openAdmin, testBrokers } from '../../../support/kafka.ts';
import { until } from '../../../support/until.ts';

let topic: string;
let groupId: string;
let load: Load | undefined;
const members: Consumer<Record<string, number>>[] = [];

afterEach(async () => {
  await load?.stop();
  await Promise.all(members.splice(0).map((member) => member.close()));
});

async function setUp(): Promise<void> {
  topic = await freshTopic(PARTITIONS);
  groupId = `group-${randomUUID()}`;
}

function newMember(): Consumer<Record<string, number>> {
  const member = createConsumer<Record<string, number>>({
    brokers: testBrokers(),
    clientId: 'groups-test',
    topics: [topic],
    groupId,
  });
  members.push(member);
  return member;
}

const count = (seen: Seen[], member: string): number => seen.filter((one) => one.member === member).length;

test('members that join and leave under load share the partitions, and every message is handled in order', async () => {
  await setUp();
  const seen: Seen[] = [];
  load = produceUntilStopped(topic);
  const [first, second, third] = [newMember(), newMember(), newMember()];

  await first.start(handler('first', seen));
  await until('the first works', () => count(seen, 'first') > 20);
  await second.start(handler('second', seen));
  await until('the second works', () => count(seen, 'second') > 20);
  await third.start(handler('third', seen));
  await until('the third works', () => count(seen, 'third') > 20);
  await second.stop();
  const leftAt = count(seen, 'second');
  const total = await load.stop();
  await until('the others own all partitions', () => distinct(seen) === total, 60_000);
  await Promise.all([first.stop(), third.stop()]);

  expect(count(seen, 'second')).toBe(leftAt);
  expectInOrder(seen);
  expect(await committed(groupId, topic)).toEqual(
    Array.from({ length: PARTITIONS }, () => total / PARTITIONS),
  );
});

test('a rebalance does not wait for a running handler, and the same member does not restart its partition meanwhile', async () => {
  await setUp();
  await produce(topic, numbers(PARTITIONS, { partitions: PARTITIONS }));
  const gate = Promise.withResolvers<void>();
  const running = new Map<number, number>();
  let mostOfOnePartition = 0;
  let ended = 0;
  const slow = async ({ partition }: { partition: number }): Promise<void> => {
    running.set(partition, (running.get(partition) ?? 0) + 1);
    mostOfOnePartition = Math.max(mostOfOnePartition, ...running.values());
    await gate.promise;
    running.set(partition, (running.get(partition) ?? 0) - 1);
    ended += 1;
  };
  const seen: Seen[] = [];

  const first = newMember();
  await first.start(slow);
  await until('a handler runs on each partition', () => running.size === PARTITIONS);
  const second = newMember();
  await second.start(handler('second', seen));
  await until('the second has its share', () => distinct(seen) === PARTITIONS / 2);
  await second.close();
  await produce(topic, numbers(PARTITIONS, { partitions: PARTITIONS, from: 100 }));
  gate.resolve();
  await until(
    'all is committed',
    async () => `${await committed(groupId, topic)}` === `${Array.from({ length: PARTITIONS }, () => 2)}`,
  );
  await first.close();

  expect(mostOfOnePartition).toBe(1);
  expect(ended).toBe(2 * PARTITIONS);
});

test('a handler that ends after another member handled its partition does not reset the position of the group', async () => {
  await setUp();
  await produce(topic, numbers(10 * PARTITIONS, { partitions: PARTITIONS }));
  const gate = Promise.withResolvers<void>();
  const held = new Set<number>();
  const seen: Seen[] = [];
  const first = newMember();
  await first.start(async ({ partition, value }) => {
    if (held.size < PARTITIONS) {
      held.add(partition);
      await gate.promise;
    }
    seen.push({ member: 'first', partition, value: Number(value) });
  });
  await until('a handler runs on each partition', () => held.size === PARTITIONS);

  const second = newMember();
  await second.start(handler('second', seen));
  await until('the second has handled its share', () => distinct(seen) === 10 * (PARTITIONS / 2));
  await second.close();
  let alone = 0;
  // Ten times in a row, because the broker stores the position shortly before the member knows.
  await until('the first has all partitions back', async () => {
    alone = (await isAloneInGroup()) ? alone + 1 : 0;
    return alone === 10;
  });
  gate.resolve();
  await until('everything is handled', () => distinct(seen) === 10 * PARTITIONS);
  await first.close();

  expect(await committed(groupId, topic)).toEqual(Array.from({ length: PARTITIONS }, () => 10));
});

test('a group whose position was deleted by retention continues with the oldest message, also with startFrom latest', async () => {
  await setUp();
  const seen: Seen[] = [];
  const fromLatest = (): Consumer<Record<string, number>> => {
    const member = createConsumer<Record<string, number>>({
      brokers: testBrokers(),
      clientId: 'groups-test',
      topics: [topic],
      groupId,
      startFrom: 'latest',
    });
    members.push(member);
    return member;
  };
  const before = fromLatest();
  await before.start(handler('before', seen));
  await produce(topic, numbers(PARTITIONS, { partitions: PARTITIONS }));
  await until('the first are handled', () => distinct(seen) === PARTITIONS);
  await before.close();
  await produce(topic, numbers(PARTITIONS, { partitions: PARTITIONS, from: 100 }));
  await removeAllRecords();

  const during = fromLatest();
  await during.start(handler('during', seen));
  await until('it has found its place gone', async () => !(await committed(groupId, topic)).includes(1));
  await during.close();
  await produce(topic, numbers(PARTITIONS, { partitions: PARTITIONS, from: 200 }));
  const after = fromLatest();
  await after.start(handler('after', seen));
  await until('the new messages are handled', () => count(seen, 'after') === PARTITIONS);
  await after.close();

  expect(
    seen
      .filter(({ member }) => member === 'after')
      .map(({ value }) => value)
      .sort(),
  ).toEqual([200, 201, 202, 203]);
});

async function isAloneInGroup(): Promise<boolean> {
  await using admin = await openAdmin();
  const { groups } = await admin.describeGroups([groupId]);
  return groups[0]?.state === 'Stable' && groups[0].members.length === 1;
}

/** Deletes records as retention does. */
async function removeAllRecords(): Promise<void> {
  await using admin = await openAdmin();
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, offset: '-1' }));
  await admin.fetchTopicMetadata({ topics: [topic] }); // kafkajs needs the leaders first
  await admin.deleteTopicRecords({ topic, partitions });
}

test('consumeMessages keeps its partitions between calls', async () => {
  await setUp();
  await produce(topic, numbers(40, { partitions: PARTITIONS }));
  const seen: Seen[] = [];
  const [first, second] = [newMember(), newMember()];

  await first.consumeMessages(handler('first', seen), { maxMessages: 1 });
  await second.start(handler('second', seen));
  await until('the second has its share', () => count(seen, 'second') >= 15);
  await first.consumeMessages(handler('first', seen), { maxMessages: 15 });

  expect(count(seen, 'first')).toBe(16);
});
