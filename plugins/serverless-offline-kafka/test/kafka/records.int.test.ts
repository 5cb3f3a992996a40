import { afterEach, describe, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import type { KafkaRecord } from '../../src/delivery/kafka-event.ts';
import { accessTo } from '../support/broker-access.ts';
import { joinReading, leaveGroups } from '../support/group-member.ts';
import { brokers, uniqueName } from '../support/kafka.ts';
import { until } from '../support/until.ts';

const { createTopic, send } = accessTo(brokers);

afterEach(leaveGroups);

/** What a member reads of these messages. */
async function readBack(
  messages: kafkajs.Message[],
  {
    config = {},
    compression,
  }: { config?: Record<string, string>; compression?: kafkajs.CompressionTypes } = {},
): Promise<KafkaRecord[]> {
  const topic = await createTopic(uniqueName(), config);
  await send(topic, messages, compression);
  const { records } = await joinReading(topic);
  await until('all is read', () => records.length === messages.length);
  return records;
}

describe('a record', () => {
  test('keeps its bytes, also those that are no text', async () => {
    const bytes = Buffer.from([0x00, 0xff, 0xc3, 0xab, 0x80]);

    const [record] = await readBack([{ key: bytes, value: bytes, headers: { é: bytes } }]);

    expect(record).toMatchObject({ offset: 0, key: bytes, value: bytes, headers: [['é', bytes]] });
  });

  test('without value is told from one whose value is empty, and so is one without key', async () => {
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

  test('has its headers grouped by name, in the order in which the names came first', async () => {
    const [record] = await readBack([{ value: 'v', headers: { b: ['1', '3'], a: '2', empty: '' } }]);

    expect(record?.headers.map(([name, value]) => [name, value?.toString()])).toEqual([
      ['b', '1'],
      ['b', '3'],
      ['a', '2'],
      ['empty', ''],
    ]);
  });

  test('has the producer’s time', async () => {
    const [record] = await readBack([{ value: 'v', timestamp: '1700000000123' }]);

    expect(record).toMatchObject({ timestampMs: 1_700_000_000_123, timestampType: 'CREATE_TIME' });
  });

  test('has the broker’s time where the topic says so', async () => {
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

  test.each(['gzip', 'zstd'])('%s of the broker is read', async (type) => {
    const records = await readBack(messages, { config: { 'compression.type': type } });

    expect(values(records)).toEqual(['one', 'two', 'three']);
  });

  test('zstd is written and read', async () => {
    const records = await readBack(messages, {
      config: { 'compression.type': 'producer' },
      compression: kafkajs.CompressionTypes.ZSTD,
    });

    expect(values(records)).toEqual(['one', 'two', 'three']);
  });

  test.each(['lz4', 'snappy'])('%s ends the member, and what to do is said', async (type) => {
    const topic = await createTopic(uniqueName(), { 'compression.type': type });
    await send(topic, messages);

    const { member } = await joinReading(topic);
    const error = await member.ended;

    expect(error).toMatchObject({
      code: 'unreadable_records',
      message: expect.stringContaining(`records compressed with ${type}`),
    });
  });
});
