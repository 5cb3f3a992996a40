import { afterEach, expect, test } from '@jest/globals';
import { type GroupMember, joinGroup } from '../../src/kafka/group-member.ts';
import { startingOffsets } from '../../src/kafka/group-offsets.ts';
import { brokers, createTopic, numbered, produce, produceEvery, uniqueName } from '../support/kafka.ts';
import { aLog } from '../support/log.ts';
import { until } from '../support/until.ts';

const { log } = aLog();
const settings = {
  bootstrapServers: brokers,
  security: {},
  sessionTimeoutMs: 6_000,
  batchingWindowMs: 0,
  log,
};
let member: GroupMember | undefined;

afterEach(() => member?.leave());

/** Calls `read` between a fetch and the delivery of its records, when the member reads the ids. */
class WatchedIds extends Map<string, string> {
  onLook: () => void = () => undefined;

  override keys(): MapIterator<string> {
    this.onLook();
    return super.keys();
  }
}

/** A member that reads a topic of ten records; `change` is made when it has fetched them first. */
async function joinWatched(change: (member: GroupMember) => void) {
  const topic = await createTopic(uniqueName(), 1);
  await produce(topic, 0, numbered(10));
  const ids = new WatchedIds((await startingOffsets(settings, topic, { type: 'TRIM_HORIZON' })).topicIds);
  const read: number[] = [];
  let looks = 0;
  const look = (joined: GroupMember): void => {
    looks += 1;
    if (looks === 1) {
      change(joined);
    }
  };
  member = await joinGroup(
    { ...settings, topic, topicIds: ids, groupId: `${topic}-group` },
    {
      assigned: (joined) => {
        ids.onLook = () => look(joined);
      },
      read: (_, records) => read.push(...records.map(({ offset }) => offset)),
      passed: () => undefined,
      unreadable: () => undefined,
      heartbeat: () => undefined,
      unreachable: () => undefined,
    },
  );
  await until('another look', () => looks > 1);
  return { member, read };
}

test('records that were fetched before a seek are not delivered', async () => {
  const { read } = await joinWatched((joined) => joined.seek(0, 5));

  await until('the last record is read', () => read.includes(9));
  expect(read).toEqual([5, 6, 7, 8, 9]);
});

test('records that were fetched before a pause are delivered after the resume', async () => {
  const { member: joined, read } = await joinWatched((one) => one.pause(0));
  expect(read).toEqual([]);

  joined.resume(0);
  await until('the last record is read', () => read.includes(9));
  expect(read).toEqual(numbered(10).map(Number));
});

/** Returns the shortest time between two reads of a member while 60 records arrive one by one. */
async function shortestPauseMs(batchingWindowMs: number): Promise<number> {
  const topic = await createTopic(uniqueName(), 1);
  const readAt: number[] = [];
  let records = 0;
  member = await joinGroup(
    { ...settings, batchingWindowMs, topic, groupId: `${topic}-group` },
    {
      assigned: () => undefined,
      read: (_, { length }) => {
        readAt.push(performance.now());
        records += length;
      },
      passed: () => undefined,
      unreadable: () => undefined,
      heartbeat: () => undefined,
      unreachable: () => undefined,
    },
  );
  await produce(topic, 0, ['first']);
  await until('the first record is read', () => records === 1);
  await produceEvery(5, topic, numbered(60));
  await until('the last record is read', () => records === 61);
  await member.leave();
  return Math.min(...readAt.slice(1).map((at, index) => at - (readAt[index] ?? 0)));
}

test('records that arrive one by one are fetched together if they may wait for a batch', async () => {
  const pauseMs = 18; // a timer of 20 ms may end early
  const [atOnce, together] = [await shortestPauseMs(0), await shortestPauseMs(500)];

  expect(atOnce).toBeLessThan(pauseMs);
  expect(together).toBeGreaterThanOrEqual(pauseMs);
});
