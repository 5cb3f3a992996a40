import { afterEach, expect, test } from '@jest/globals';
import { compileFilter } from '../../src/filter/record-filter.ts';
import { committed, createTopic, numbered, produce, uniqueName } from '../support/kafka.ts';
import { startMapping, stopMappings } from '../support/recorded-mapping.ts';
import { until } from '../support/until.ts';

const { filter } = compileFilter('{"value":{"status":["PROCESSING"]}}');
const filters = [filter];
const processing = '{"status":"PROCESSING"}';
const completed = '{"status":"COMPLETED"}';

afterEach(stopMappings);

test('the function gets the records that pass, and everything is committed, also where nothing passes', async () => {
  const topic = await createTopic(uniqueName(), 2);
  await produce(topic, 0, [completed, processing, completed, processing, completed, completed]);
  await produce(
    topic,
    1,
    numbered(2_000).map(() => completed),
  );

  const { invocations, delivered, lines } = startMapping({ topic, filters });
  await until('all is committed', async () => `${await committed(`${topic}-group`, topic)}` === '6,2000');

  expect(delivered(0)).toEqual([1, 3]);
  expect(invocations.filter(({ partition }) => partition === 1)).toEqual([]);
  expect(lines).toContainEqual(expect.stringMatching(/ → work: \d+ records? filtered out$/));
});

test.each([
  ['pass', [0, 1, 3]],
  ['drop', [1]],
] as const)(
  'text passes a JSON pattern, or is dropped and committed: %s',
  async (filterMismatch, offsets) => {
    const topic = await createTopic(uniqueName(), 1);
    await produce(topic, 0, ['text', processing, completed, '{"status":']);

    const { delivered } = startMapping({ topic, filters, filterMismatch });
    await until('all is committed', async () => `${await committed(`${topic}-group`, topic)}` === '4');

    expect(delivered(0)).toEqual(offsets);
  },
);

test('filtered records after a failing batch are committed only when the batch has succeeded', async () => {
  const topic = await createTopic(uniqueName(), 1);
  const group = `${topic}-group`;
  await produce(topic, 0, [completed, completed, processing, completed, completed]);
  let isBroken = true;

  const failures = { backoff: { initialMs: 50, maximumMs: 200 } };
  const { invocations, delivered } = startMapping({ topic, filters, failures }, async () => {
    if (isBroken) {
      throw new Error('no database');
    }
  });
  await until('the batch was tried three times', () => invocations.length >= 3);
  await produce(topic, 0, [completed]);
  await until('the batch was tried again', () => invocations.length >= 5);
  const during = await committed(group, topic);
  isBroken = false;
  await until('all is committed', async () => `${await committed(group, topic)}` === '6');

  expect(during).toEqual([2]);
  expect(new Set(invocations.flatMap(({ offsets }) => offsets))).toEqual(new Set([2]));
  expect(delivered(0)).toEqual([2]);
});
