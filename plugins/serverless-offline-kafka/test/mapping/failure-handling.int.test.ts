import { afterEach, describe, expect, test } from '@jest/globals';
import { committed, createTopic, numbered, produce, uniqueName } from '../support/kafka.ts';
import { readTopic } from '../support/read-topic.ts';
import { type Invocation, startMapping, stopMappings } from '../support/recorded-mapping.ts';
import { upTo } from '../support/records.ts';
import { until } from '../support/until.ts';

const backoff = { initialMs: 10, maximumMs: 100 };
const modes = [
  { batches: 'per-partition', batchingWindowMs: 0 },
  { batches: 'mixed', batchingWindowMs: 300 },
] as const;

const isPoison = (partition: number, offset: number): boolean => partition === 0 && offset === 13;

const recordsOf = ({ event }: Invocation) => Object.values(event.records).flat();

const isPoisoned = (invocation: Invocation): boolean =>
  recordsOf(invocation).some(({ partition, offset }) => isPoison(partition, offset));

/** Produces records; one record of partition 0 always fails. */
async function aTopic(): Promise<string> {
  const topic = await createTopic(uniqueName(), 2);
  await Promise.all([0, 1].map((partition) => produce(topic, partition, numbered(30))));
  return topic;
}

afterEach(stopMappings);

describe.each(modes)('with a Kafka destination ($batches)', (mode) => {
  test('bisection sends the one failing record there and delivers all others', async () => {
    const [topic, failed] = [await aTopic(), await createTopic(uniqueName(), 1)];

    const { delivered, invocations } = startMapping(
      {
        ...mode,
        topic,
        batchSize: 20,
        failures: { backoff, bisects: true, maximumRetries: 2 },
        destination: { type: 'kafka', topic: failed },
      },
      async (invocation) => {
        if (isPoisoned(invocation)) {
          throw new Error('poison');
        }
      },
    );
    await until('all is committed', async () => `${await committed(`${topic}-group`, topic)}` === '30,30');
    const records = await readTopic(failed, 1);

    expect(delivered(0)).toEqual(upTo(30).filter((offset) => offset !== 13));
    expect(delivered(1)).toEqual(upTo(30));
    expect(invocations.filter(({ offsets }) => `${offsets}` === '13')).toHaveLength(3);
    expect(records).toHaveLength(1);
    expect(records[0]?.value).toMatchObject({
      requestContext: { condition: 'RetriesExhausted' },
      KafkaBatchInfo: { batchSize: 1, recordInfo: { offset: '13' } },
      payload: { records: { [`${topic}-0`]: [{ partition: 0, offset: 13 }] } },
    });
  });

  test('a record that is always reported is sent there, and the others are delivered once', async () => {
    const [topic, failed] = [await aTopic(), await createTopic(uniqueName(), 1)];
    const seen: string[] = [];

    const { invocations } = startMapping(
      {
        ...mode,
        topic,
        batchSize: 20,
        failures: { backoff, bisects: true, reportsItemFailures: true, maximumRetries: 3 },
        destination: { type: 'kafka', topic: failed },
      },
      async (invocation) => {
        const records = recordsOf(invocation);
        const poison = records.filter(({ partition, offset }) => isPoison(partition, offset));
        seen.push(...records.map(({ partition, offset }) => `${partition}@${offset}`));
        return {
          batchItemFailures: poison.map(({ partition, offset }) => ({
            itemIdentifier: { partition: `${topic}-${partition}`, offset },
          })),
        };
      },
    );
    await until('all is committed', async () => `${await committed(`${topic}-group`, topic)}` === '30,30');
    const records = await readTopic(failed, 1);

    expect(seen.filter((place) => place !== '0@13').toSorted()).toEqual(
      [0, 1]
        .flatMap((partition) => upTo(30).map((offset) => `${partition}@${offset}`))
        .filter((place) => place !== '0@13')
        .toSorted(),
    );
    expect(invocations.filter(isPoisoned)).toHaveLength(4);
    expect(records.map(({ value }) => value)).toEqual([
      expect.objectContaining({
        requestContext: expect.objectContaining({ approximateInvokeCount: 4 }),
        payload: expect.objectContaining({
          records: { [`${topic}-0`]: [expect.objectContaining({ offset: 13 })] },
        }),
      }),
    ]);
  });
});

test('nothing is committed while the topic of the destination is missing; it gets the records when it exists', async () => {
  const [topic, failed] = [await createTopic(uniqueName(), 1), uniqueName()];
  await produce(topic, 0, numbered(5));

  const { lines } = startMapping(
    { topic, failures: { backoff, maximumRetries: 0 }, destination: { type: 'kafka', topic: failed } },
    async ({ offsets }) => {
      if (offsets.includes(0)) {
        throw new Error('no database');
      }
    },
  );
  await until('it was rejected', () =>
    lines.some((line) => line.includes('failed records cannot be sent: kafka://')),
  );
  const during = await committed(`${topic}-group`, topic);
  await createTopic(failed, 1);
  await until('all is committed', async () => `${await committed(`${topic}-group`, topic)}` === '5');
  const records = await readTopic(failed, 5);

  expect(during).toEqual([-1]);
  expect(records.map(({ value }) => value)).toEqual(
    upTo(5).map((offset) =>
      expect.objectContaining({
        KafkaBatchInfo: expect.objectContaining({
          recordInfo: expect.objectContaining({ offset: `${offset}` }),
        }),
      }),
    ),
  );
  expect(lines.filter((line) => line.startsWith('error'))).toEqual([]);
});

test('expired records are dropped without a destination, and the log reports it', async () => {
  const maximumRecordAgeMs = 120_000;
  const topic = await createTopic(uniqueName(), 1);
  await produce(topic, 0, numbered(5), { timestampMs: Date.now() - maximumRecordAgeMs + 3_000 });
  let isBroken = true;

  const { lines, delivered } = startMapping(
    { topic, failures: { backoff, maximumRecordAgeMs } },
    async () => {
      if (isBroken) {
        throw new Error('no database');
      }
    },
  );
  await until('all is committed', async () => `${await committed(`${topic}-group`, topic)}` === '5');
  isBroken = false;
  await produce(topic, 0, ['young']);
  await until('the young one is delivered', () => delivered(0).length > 0);

  expect(delivered(0)).toEqual([5]);
  expect(lines).toContainEqual(
    expect.stringMatching(
      /^error .*: offsets 0–4, 5 records: discarded after \d+ attempts \(MaximumRecordAgeExceeded\), dropped/,
    ),
  );
});
