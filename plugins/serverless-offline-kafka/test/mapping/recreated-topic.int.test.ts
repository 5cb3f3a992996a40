import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type GroupMember, joinGroup } from '../../src/kafka/group-member.ts';
import { startingOffsets, type TopicStart } from '../../src/kafka/group-offsets.ts';
import { kafkajs } from '../../src/kafka/kafkajs/patched-kafkajs.ts';
import {
  brokers,
  committed,
  createTopic,
  deleteTopic,
  produce,
  recreateTopic,
  uniqueName,
} from '../support/kafka.ts';
import { aLog } from '../support/log.ts';
import {
  type Invocation,
  type RecordedMapping,
  startMapping,
  stopMappings,
} from '../support/recorded-mapping.ts';
import { until } from '../support/until.ts';

let topic: string;

beforeEach(() => {
  topic = uniqueName();
});
afterEach(stopMappings);

const named = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${name} ${index}`);

const valuesOf = ({ event }: Invocation): string[] =>
  Object.values(event.records).flatMap((records) =>
    records.map(({ value }) => Buffer.from(value ?? '', 'base64').toString()),
  );

/** Returns the values with this name from successful invocations, in order. */
const delivered = ({ invocations }: RecordedMapping, name: string): string[] =>
  invocations
    .filter(({ outcome }) => outcome === 'succeeded')
    .flatMap(valuesOf)
    .filter((value) => value.startsWith(`${name} `));

const warnings = ({ lines }: RecordedMapping): string[] =>
  lines.filter((line) => line.includes('deleted and created again'));

const allOf = (mapping: RecordedMapping, name: string, count: number): Promise<void> =>
  until(`all of "${name}"`, () => new Set(delivered(mapping, name)).size >= count);

const committedIs = (offsets: readonly number[]): Promise<void> =>
  until(
    'positions are committed',
    async () => `${await committed(`${topic}-group`, topic)}` === `${offsets}`,
  );

test.each([
  { what: 'fewer records than were read before', old: 300, count: 40, from: 1, to: 1 },
  { what: 'as many records', old: 300, count: 300, from: 1, to: 1 },
  { what: 'more records', old: 50, count: 600, from: 1, to: 1 },
  { what: 'more partitions', old: 100, count: 200, from: 1, to: 3 },
  { what: 'fewer partitions', old: 100, count: 200, from: 3, to: 1 },
])(
  'a topic that is recreated with $what is read from its start, in order',
  async ({ old, count, from, to }) => {
    await createTopic(topic, from);
    const mapping = startMapping({ topic, batchSize: 100 });
    await produce(topic, 0, named('old', old));
    await allOf(mapping, 'old', old);

    await recreateTopic(topic, to);
    for (let partition = 0; partition < to; partition += 1) {
      await produce(topic, partition, named(`new${partition}`, count));
    }

    for (let partition = 0; partition < to; partition += 1) {
      await allOf(mapping, `new${partition}`, count);
      expect(delivered(mapping, `new${partition}`)).toEqual(named(`new${partition}`, count));
    }
    expect(warnings(mapping)).toHaveLength(1);
    expect(warnings(mapping)[0]).toContain(`warning ${topic} → work: `);
    await committedIs(Array(to).fill(count));
  },
);

test('with LATEST, every record after the recreation is delivered, also after a restart', async () => {
  await createTopic(topic, 1);
  await produce(topic, 0, named('before', 10));
  let isDown = false;
  const handle = async (): Promise<void> => {
    if (isDown) {
      throw new Error('down');
    }
  };
  const first = startMapping({ topic, startingPosition: { type: 'LATEST' } }, handle);
  await until('it holds the partition', () => first.holds().length > 0);
  await committedIs([10]);
  isDown = true;

  await recreateTopic(topic, 1);
  await produce(topic, 0, named('new', 30));
  await until('the mapping detects it', () => warnings(first).length === 1);
  await until('the function is tried', () => first.invocations.length > 0);
  await first.mapping.stop();
  const second = startMapping({ topic, startingPosition: { type: 'LATEST' } });

  await allOf(second, 'new', 30);
  expect(delivered(first, 'before')).toEqual([]);
});

test('a topic that is recreated twice, and is missing in between, loses no record of the last topic', async () => {
  await createTopic(topic, 1);
  const mapping = startMapping({ topic, batchSize: 50 });
  await produce(topic, 0, named('first', 100));
  await allOf(mapping, 'first', 100);

  await recreateTopic(topic, 1);
  await produce(topic, 0, named('second', 200));
  await deleteTopic(topic);
  await until('its absence is reported', () => mapping.lines.some((line) => line.includes('does not exist')));
  await createTopic(topic, 1);
  await produce(topic, 0, named('third', 300));

  await allOf(mapping, 'third', 300);
  expect(delivered(mapping, 'third')).toEqual(named('third', 300));
  await committedIs([300]);
});

test('a record that always fails disappears with its topic', async () => {
  await createTopic(topic, 1);
  const mapping = startMapping({ topic, batchSize: 1 }, async (invocation) => {
    if (valuesOf(invocation)[0]?.startsWith('poison')) {
      throw new Error('rejected');
    }
  });
  await produce(topic, 0, ['poison', ...named('old', 20)]);
  await until('it is rejected', () => mapping.invocations.length > 1);

  await recreateTopic(topic, 1);
  await produce(topic, 0, named('new', 5));

  await allOf(mapping, 'new', 5);
  expect(delivered(mapping, 'old')).toEqual([]);
});

test('a late success of a batch of the deleted topic does not move the position in the new topic', async () => {
  await createTopic(topic, 1);
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const mapping = startMapping({ topic, batchSize: 50 }, async (invocation) => {
    await (valuesOf(invocation)[0] === 'old 50' ? released : undefined);
  });
  await produce(topic, 0, named('old', 100));
  await until('a batch hangs', () => mapping.invocations.length === 2);

  await recreateTopic(topic, 1);
  await produce(topic, 0, named('new', 120));
  await until('it is noticed', () => warnings(mapping).length === 1);
  release();

  await allOf(mapping, 'new', 120);
  expect(delivered(mapping, 'new')).toEqual(named('new', 120));
});

test('a position that a member commits for a deleted topic is ignored for the new topic', async () => {
  await createTopic(topic, 1);
  const stale = await staleMember();
  await recreateTopic(topic, 1);
  await stale.commit(0, 50);
  expect(await committed(`${topic}-group`, topic)).toEqual([50]);
  await stale.leave();
  await produce(topic, 0, named('new', 80));

  const mapping = startMapping({ topic });

  await allOf(mapping, 'new', 80);
  expect(delivered(mapping, 'new')).toEqual(named('new', 80));
});

test('positions without metadata, set by another client, are kept', async () => {
  await createTopic(topic, 1);
  await produce(topic, 0, named('old', 10));
  const admin = new kafkajs.Kafka({
    brokers: brokers.split(','),
    logLevel: kafkajs.logLevel.NOTHING,
  }).admin();
  await admin.connect();
  await admin.setOffsets({ groupId: `${topic}-group`, topic, partitions: [{ partition: 0, offset: '4' }] });
  await admin.disconnect();

  const mapping = startMapping({ topic });

  await committedIs([10]);
  expect(delivered(mapping, 'old')).toEqual(named('old', 10).slice(4));
});

/** Returns a member of the mapping's group with an assigned partition. */
async function staleMember(): Promise<GroupMember> {
  const { log } = aLog();
  const settings = {
    bootstrapServers: brokers,
    security: {},
    sessionTimeoutMs: 6_000,
    batchingWindowMs: 0,
    log,
  };
  const { topicIds }: TopicStart = await startingOffsets(settings, topic, { type: 'LATEST' });
  let assigned = (): void => undefined;
  const holds = new Promise<void>((resolve) => {
    assigned = resolve;
  });
  const member = await joinGroup(
    { ...settings, topic, topicIds, groupId: `${topic}-group` },
    {
      assigned: () => assigned(),
      read: () => undefined,
      unreadable: () => undefined,
      passed: () => undefined,
      heartbeat: () => undefined,
      unreachable: () => undefined,
    },
  );
  await holds;
  return member;
}
