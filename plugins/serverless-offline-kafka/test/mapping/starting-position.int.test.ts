import { afterEach, expect, test } from '@jest/globals';
import { committed, createTopic, produce, uniqueName } from '../support/kafka.ts';
import { startMapping, stopMappings } from '../support/recorded-mapping.ts';
import { until } from '../support/until.ts';

afterEach(stopMappings);

test('TRIM_HORIZON starts with the oldest record', async () => {
  const topic = await createTopic(uniqueName(), 1);
  await produce(topic, 0, ['old']);

  const { delivered } = startMapping({ topic, startingPosition: { type: 'TRIM_HORIZON' } });
  await until('a record is delivered', () => delivered(0).length === 1);

  expect(delivered(0)).toEqual([0]);
});

test('LATEST starts after the existing records and skips no later record, also after a restart', async () => {
  const topic = await createTopic(uniqueName(), 1);
  const latest = { topic, startingPosition: { type: 'LATEST' } } as const;
  await produce(topic, 0, ['old', 'old']);
  const first = startMapping(latest);
  await until('the position is kept', async () => `${await committed(`${topic}-group`, topic)}` === '2');
  await first.mapping.stop();

  await produce(topic, 0, ['between']);
  const second = startMapping(latest);
  await until('a record is delivered', () => second.delivered(0).length === 1);
  await produce(topic, 0, ['new']);
  await until('a further record is delivered', () => second.delivered(0).length === 2);

  expect(first.invocations).toEqual([]);
  expect(second.delivered(0)).toEqual([2, 3]);
});

test('AT_TIMESTAMP starts with the first record at or after that time', async () => {
  const topic = await createTopic(uniqueName(), 1);
  await produce(topic, 0, ['before', 'before']);
  const beforeMs = Date.now();
  await until('the clock has gone on', () => Date.now() > beforeMs + 1);
  const timestampMs = Date.now();
  await produce(topic, 0, ['after']);

  const { delivered } = startMapping({ topic, startingPosition: { type: 'AT_TIMESTAMP', timestampMs } });
  await until('a record is delivered', () => delivered(0).length === 1);

  expect(delivered(0)).toEqual([2]);
});

test('a group with committed offsets continues there, with any starting position', async () => {
  const topic = await createTopic(uniqueName(), 1);
  await produce(topic, 0, ['one']);
  const first = startMapping({ topic });
  await until('the record is committed', async () => `${await committed(`${topic}-group`, topic)}` === '1');
  await first.mapping.stop();
  await produce(topic, 0, ['two']);

  const second = startMapping({ topic, startingPosition: { type: 'LATEST' } });
  await until('a record is delivered', () => second.delivered(0).length === 1);

  expect(second.delivered(0)).toEqual([1]);
});
