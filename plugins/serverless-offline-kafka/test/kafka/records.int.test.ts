import { randomBytes } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { KafkaRecord } from '../../src/delivery/kafka-event.ts';
import { kafkajs } from '../../src/kafka/kafkajs/patched-kafkajs.ts';
import { accessTo } from '../support/broker-access.ts';
import { joinReading, leaveGroups } from '../support/group-member.ts';
import { brokers, committed, createTopic, uniqueName } from '../support/kafka.ts';
import { LARGE_BATCH_MS, recordBatch, sendBatches } from '../support/raw-records.ts';
import { startMapping, stopMappings } from '../support/recorded-mapping.ts';
import { until } from '../support/until.ts';

const { send } = accessTo(brokers);

afterEach(leaveGroups);
afterEach(stopMappings);

/** Returns the records that a member reads from these messages. */
async function readBack(
  messages: kafkajs.Message[],
  {
    config = {},
    compression,
  }: { config?: Record<string, string>; compression?: kafkajs.CompressionTypes } = {},
): Promise<KafkaRecord[]> {
  const topic = await createTopic(uniqueName(), 1, config);
  await send(topic, messages, compression);
  const { records } = await joinReading(topic);
  await until('all is read', () => records.length === messages.length);
  return records;
}

describe('a record', () => {
  test('keeps its bytes, also if they are not UTF-8', async () => {
    const bytes = Buffer.from([0x00, 0xff, 0xc3, 0xab, 0x80]);

    const [record] = await readBack([{ key: bytes, value: bytes, headers: { é: bytes } }]);

    expect(record).toMatchObject({ offset: 0, key: bytes, value: bytes, headers: [['é', bytes]] });
  });

  test('with a null value or key differs from one with an empty value or key', async () => {
    const empty = Buffer.alloc(0);

    const records = await readBack([
      { key: 'k', value: null },
      { key: 'k', value: '' },
      { value: 'v' },
      { key: '', value: 'v' },
    ]);

    expect(records.map(({ value }) => value)).toEqual([null, empty, Buffer.from('v'), Buffer.from('v')]);
    expect(records.map(({ key }) => key)).toEqual([Buffer.from('k'), Buffer.from('k'), null, empty]);
  });

  test('keeps the order of its headers, with any names and values', async () => {
    const headers = [
      ...['b', ...Object.getOwnPropertyNames(Object.prototype), 'b', '7', ''].map(
        (name) => [Buffer.from(name), Buffer.from(name)] as const,
      ),
      [Buffer.from([0xff, 0xfe]), Buffer.from([0xff, 0xfe])] as const, // not UTF-8
      [Buffer.from('b'), null] as const,
    ];
    const topic = await createTopic(uniqueName(), 1);
    await sendBatches(brokers, { topic }, recordBatch([{ headers }]));

    const { records } = await joinReading(topic);
    await until('it is read', () => records.length === 1);

    expect(records[0]?.headers).toEqual(headers.map(([name, value]) => [name.toString(), value]));
  });

  test('with 60,000 headers is read and serialised without blocking the event loop', async () => {
    const topic = await createTopic(uniqueName(), 1);
    const headers = Array.from(
      { length: 60_000 },
      (_, n) => [Buffer.from(`h${n}`), Buffer.from('v')] as const,
    );
    await sendBatches(brokers, { topic }, recordBatch([{ headers }, {}]));
    const longestTurn = monitorEventLoopDelay({ resolution: 10 });
    const { invocations } = startMapping({ topic, batchSize: 1 });
    longestTurn.enable();

    await until('both are delivered', () => invocations.length === 2);

    expect(longestTurn.max / 1e6).toBeLessThan(20_000); // kafkajs: minutes
    expect(Object.values(invocations[0]?.event.records ?? {})[0]?.[0]?.headers).toHaveLength(60_000);
  });

  test('can have any timestamp that the topic accepts', async () => {
    const topic = await createTopic(uniqueName(), 1, {
      'message.timestamp.after.max.ms': `${2n ** 63n - 1n}`,
    });
    const times = [0n, -1n, -(2n ** 53n), 2n ** 53n, 2n ** 62n];
    for (const timestampMs of times) {
      await sendBatches(brokers, { topic }, recordBatch([{ timestampMs }]));
    }

    const { records } = await joinReading(topic);
    await until('all are read', () => records.length === times.length);

    expect(records.map(({ timestampMs }) => timestampMs)).toEqual(times.map(Number));
  });

  test('has the producer’s time', async () => {
    const [record] = await readBack([{ value: 'v', timestamp: '1700000000123' }]);

    expect(record).toMatchObject({ timestampMs: 1_700_000_000_123, timestampType: 'CREATE_TIME' });
  });

  test('has the broker’s time with LogAppendTime', async () => {
    const beginMs = Date.now();

    const [record] = await readBack([{ value: 'v', timestamp: '1700000000123' }], {
      config: { 'message.timestamp.type': 'LogAppendTime' },
    });

    expect(record?.timestampType).toBe('LOG_APPEND_TIME');
    expect(record?.timestampMs).toBeGreaterThanOrEqual(beginMs);
  });
});

describe('compression', () => {
  const messages = ['one', 'two', 'three'].map((value) => ({ value }));
  const values = (records: readonly KafkaRecord[]) => records.map(({ value }) => value?.toString());

  const texts = ['short', 'repeated '.repeat(20_000), randomBytes(150_000).toString('latin1'), ''];

  test.each(['gzip', 'zstd', 'lz4', 'snappy'])('%s by the broker is read', async (type) => {
    const records = await readBack(
      texts.map((value) => ({ value })),
      { config: { 'compression.type': type } },
    );

    expect(values(records)).toEqual(texts);
  });

  test('zstd is written and read', async () => {
    const records = await readBack(messages, {
      config: { 'compression.type': 'producer' },
      compression: kafkajs.CompressionTypes.ZSTD,
    });

    expect(values(records)).toEqual(['one', 'two', 'three']);
  });
});

test('records of an aborted transaction are skipped, and reading continues after the markers', async () => {
  const topic = await createTopic(uniqueName(), 1);
  const kafka = new kafkajs.Kafka({
    brokers: brokers.split(','),
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 20 }, // a broker's first transaction waits until its own topic is made
  });
  const producer = kafka.producer({
    ...{ transactionalId: topic, idempotent: true, maxInFlightRequests: 1 },
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  const { records } = await joinReading(topic);

  for (const [value, end] of [
    ['1', 'commit'],
    ['2', 'abort'],
    ['3', 'commit'],
    ['4', 'abort'],
  ] as const) {
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ key: Buffer.alloc(4), value }] }); // the key of an abort marker
    await transaction[end]();
  }
  await producer.disconnect();
  await send(topic, [{ value: 'last' }]);
  await until('the last one is read', () => records.at(-1)?.value?.toString() === 'last');

  expect(records.map(({ offset, value }) => [offset, value?.toString()])).toEqual([
    [0, '1'],
    [4, '3'],
    [8, 'last'],
  ]);
});

test('the markers of a transaction are committed, so that there is no lag', async () => {
  const topic = await createTopic(uniqueName(), 1);
  const kafka = new kafkajs.Kafka({
    brokers: brokers.split(','),
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 20 }, // a broker's first transaction waits until its own topic is made
  });
  const producer = kafka.producer({
    ...{ transactionalId: topic, idempotent: true, maxInFlightRequests: 1 },
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  const { invocations } = startMapping({ topic });

  for (const end of ['commit', 'abort'] as const) {
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ value: end }] });
    await transaction[end]();
  }
  await producer.disconnect();
  await until('all is committed', async () => (await committed(`${topic}-group`, topic))[0] === 4);

  expect(invocations.map(({ offsets }) => offsets)).toEqual([[0]]);
});

test('an unreadable batch stops its partition and is reported, while the other partitions continue', async () => {
  const topic = await createTopic(uniqueName(), 2);
  const value = (text: string) => recordBatch([{ value: Buffer.from(text) }]);
  // exceeds the limit of a decompressed batch
  const large = Buffer.alloc(129 * 1024 * 1024);
  const tooLarge = recordBatch([{ value: Buffer.from('1') }, { value: large }], { codec: 'zstd' });
  for (const batch of [value('0'), tooLarge, value('3')]) {
    await sendBatches(brokers, { topic }, batch);
  }
  const { lines, delivered } = startMapping({ topic });

  let end: string | undefined;
  const isReported = (): boolean => {
    [, end] =
      /-0@1 cannot be read .*before offset (\d+) with kafka-delete-records/.exec(lines.join('\n')) ?? [];
    return end !== undefined;
  };
  await until('it is reported, with the end of its batch', isReported, LARGE_BATCH_MS);
  await sendBatches(brokers, { topic, partition: 1 }, value('other'));
  await until('the other partition continues', () => delivered(1).length === 1);
  const before = delivered(0);
  const admin = new kafkajs.Kafka({
    brokers: brokers.split(','),
    logLevel: kafkajs.logLevel.NOTHING,
  }).admin();
  await admin.connect();
  await admin.fetchTopicOffsets(topic); // kafkajs needs the leader for the deletion
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: `${end}` }] });
  await until('the partition continues', () => delivered(0).includes(3), LARGE_BATCH_MS);
  await admin.disconnect();

  expect(before).toEqual([0]);
  expect(delivered(0)).toEqual([0, 3]);
});
