import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { committed, createTopic, produce, uniqueName } from '../support/kafka.ts';
import { type RecordedMapping, startMapping, stopMappings } from '../support/recorded-mapping.ts';
import { upTo } from '../support/records.ts';
import { until } from '../support/until.ts';

const PARTITIONS = [0, 1, 2, 3];
const RECORDS = 200;

afterEach(stopMappings);

async function filledTopic(): Promise<string> {
  const topic = await createTopic(uniqueName(), PARTITIONS.length);
  const value = Buffer.alloc(20_000); // large, so that a partition needs several fetches
  for (let written = 0; written < RECORDS; written += 40) {
    await Promise.all(PARTITIONS.map((partition) => produce(topic, partition, Array(40).fill(value))));
  }
  return topic;
}

const slowly = async (): Promise<void> => {
  await setTimeout(400); // longer than a fetch, so that reading continues while a batch is in flight
};

const heldBy = ({ holds }: RecordedMapping): number[] =>
  PARTITIONS.filter((partition) => partitionsOf(holds().at(-1) ?? '').includes(partition));

/** Parses `holds partitions 0–2` or `holds partitions 0, 2`. */
function partitionsOf(line: string): number[] {
  const [, list = ''] = /holds partitions? ([\d–, ]+)/.exec(line) ?? [];
  const [first = Number.NaN, last = first] = list.split('–').map(Number);
  return list.includes(',')
    ? list.split(', ').map(Number)
    : PARTITIONS.filter((p) => p >= first && p <= last);
}

describe.each([
  { batches: 'per-partition', batchingWindowMs: 0 },
  { batches: 'mixed', batchingWindowMs: 200 },
] as const)('when a second member joins and leaves ($batches)', (mode) => {
  test('every record is delivered and committed, and once only in a partition that stays assigned', async () => {
    const topic = await filledTopic();
    let isShared = false;
    const first = startMapping({ ...mode, topic, batchSize: 20 }, async () => {
      await slowly();
      await until('the second member is there', () => isShared || first.invocations.length <= 8);
    });
    await until('the first member is under way', () => first.invocations.length > 8);

    const second = startMapping({ ...mode, topic, batchSize: 20 }, slowly);
    await until('they share the partitions', () => heldBy(first).length === 2 && heldBy(second).length === 2);
    isShared = true;
    const stayed = heldBy(first);
    await until('the second member delivers', () => second.invocations.length >= 8);
    await second.mapping.stop();
    const all = PARTITIONS.map(() => RECORDS);
    await until('all is committed', async () => `${await committed(`${topic}-group`, topic)}` === `${all}`);

    for (const partition of PARTITIONS) {
      const delivered = [...first.delivered(partition), ...second.delivered(partition)];
      expect(new Set(delivered)).toEqual(new Set(upTo(RECORDS)));
    }
    for (const partition of stayed) {
      expect(first.delivered(partition)).toEqual(upTo(RECORDS));
    }
  });

  test('a partition that is assigned again is read, also if it was revoked while paused', async () => {
    const topic = await filledTopic();
    let isBlocked = true;
    const unblocked = (): Promise<void> => until('it may continue', () => !isBlocked);
    const first = startMapping({ ...mode, topic, batchSize: 20 }, unblocked);
    await until(
      'every partition has a batch in flight',
      () => new Set(first.invocations.flatMap(({ partitions }) => partitions)).size === PARTITIONS.length,
    );

    const second = startMapping({ ...mode, topic, batchSize: 20 }, unblocked);
    await until('they share the partitions', () => heldBy(first).length === 2 && heldBy(second).length === 2);
    isBlocked = false;
    await second.mapping.stop();
    await until('the first member has all partitions', () => heldBy(first).length === PARTITIONS.length);
    const all = PARTITIONS.map(() => RECORDS);
    await until('all is committed', async () => `${await committed(`${topic}-group`, topic)}` === `${all}`);

    for (const partition of PARTITIONS) {
      const delivered = [...first.delivered(partition), ...second.delivered(partition)];
      expect(new Set(delivered)).toEqual(new Set(upTo(RECORDS)));
    }
  });
});
