import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { createConsumer } from '../../../../lib/kafka/consumer/consumer.ts';
import { kafkajs } from '../../../../lib/kafka/kafkajs/patched-kafkajs.ts';
import {
  LARGE_BATCH_MS,
  recordBatch,
  sendBatches,
} from '../../../../plugins/serverless-offline-kafka/test/support/raw-records.ts';
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
import { createTopicsWithLeaders, freshTopic, openAdmin, testBrokers } from '../../../support/kafka.ts';
import { until } from '../../../support/until.ts';

afterEach(closeConsumers);

describe('a message', () => {
  test('arrives with its value from JSON, its key as text, its headers as a list, and its position', async () => {
    const topic = await freshTopic(1);
    const timestamp = Date.parse('2026-11-01T10:00:00Z');
    await produce(topic, [
      {
        key: 'Zoë',
        value: '{"price":19.99}',
        timestamp: `${timestamp}`,
        headers: { trace: ['one', 'two'], 'event-id': 'é' },
      },
      { key: null, value: null, timestamp: `${timestamp + 1}` },
    ]);
    const messages: unknown[] = [];

    const handled = await newConsumer<{ price: number }>({ topics: [topic] }).consumeMessages(
      (message) => void messages.push(message),
      { maxMessages: 2 },
    );

    expect(handled).toBe(2);
    expect(messages).toEqual([
      {
        topic,
        partition: 0,
        offset: 0n,
        timestamp,
        key: 'Zoë',
        keyBytes: Buffer.from('Zoë'),
        value: { price: 19.99 },
        headers: [
          ['trace', Buffer.from('one')],
          ['trace', Buffer.from('two')],
          ['event-id', Buffer.from('é')],
        ],
      },
      expect.objectContaining({ offset: 1n, timestamp: timestamp + 1, key: null, value: null, headers: [] }),
    ]);
  });

  test('has a value whose type depends on its topic', async () => {
    await using consumer = createConsumer<{ prices: number; names: string }>({
      brokers: testBrokers(),
      clientId: 'typed',
      topics: ['prices', 'names'],
      startFrom: 'latest',
    });
    const seen: string[] = [];
    await using admin = await openAdmin();
    await createTopicsWithLeaders(
      admin,
      ...['prices', 'names'].map((topic) => ({ topic, numPartitions: 1 })),
    );

    await consumer.start((message) => {
      seen.push(message.topic === 'prices' ? `${message.value?.toFixed(2)}` : `${message.value?.trim()}`);
    });
    await produce('prices', [{ value: '2.5' }]);
    await produce('names', [{ value: '" Zoë "' }]);
    await until('both have come', () => seen.length === 2);

    expect(seen.sort()).toEqual(['2.50', 'Zoë']);
  });

  test('has its headers in their order, with any names and any number of them', async () => {
    const topic = await freshTopic(1);
    const names = ['b', ...Object.getOwnPropertyNames(Object.prototype), 'b', '7', ''];
    const sent = [names, Array.from({ length: 60_000 }, () => 'many')];
    const records = sent.map((headers) => ({
      value: Buffer.from('1'),
      headers: headers.map((name) => [Buffer.from(name), Buffer.from(name)] as const),
    }));
    await sendBatches(testBrokers()[0] ?? '', { topic }, recordBatch(records));
    const read: string[][] = [];
    const take = ({ headers }: { headers: readonly (readonly [string, unknown])[] }) =>
      read.push(headers.map(([name]) => name));
    await newConsumer({ topics: [topic] }).consumeMessages(take, { maxMessages: 2 });

    expect(read).toEqual(sent);
  });

  test.each([
    ['gzip', kafkajs.CompressionTypes.GZIP],
    ['zstd', kafkajs.CompressionTypes.ZSTD],
  ])('is read when it was compressed with %s', async (_, compression) => {
    const topic = await freshTopic(1);
    await produce(topic, numbers(100), { compression });
    const { values, collect } = collector();

    await newConsumer({ topics: [topic] }).consumeMessages(collect, { maxMessages: 100 });

    expect(values).toEqual(upTo(100));
  });
});

test('an unreadable record blocks its partition and is reported; the other partitions continue', async () => {
  const topic = await freshTopic(2);
  const [broker = ''] = testBrokers();
  const groupId = newGroup();
  const value = (text: string): Buffer => recordBatch([{ value: Buffer.from(text) }]);
  // more than the consumer keeps in memory of one batch
  const tooLarge = recordBatch([{ value: Buffer.alloc(129 * 1024 * 1024) }], { codec: 'zstd' });
  for (const batch of [value('1'), tooLarge, value('2')]) {
    await sendBatches(broker, { topic }, batch);
  }
  const { values, collect } = collector();
  const warnings: unknown[] = [];
  const onWarning = (_: string, cause: unknown) => warnings.push(cause);

  await newConsumer({ topics: [topic], groupId, onWarning }).start(collect);
  await until('it is named', () => warnings.length > 0, LARGE_BATCH_MS);
  await sendBatches(broker, { topic, partition: 1 }, value('3'));
  await until('the other partition continues', () => values.includes(3), LARGE_BATCH_MS);
  await until('the handled messages are committed', async () => (await committed(groupId, topic))[1] === 1);

  expect(values).toEqual([1, 3]);
  expect(await committed(groupId, topic)).toEqual([1, 1]);
  expect(warnings).toEqual([
    expect.objectContaining({
      code: 'unreadable_record',
      details: { topic, partition: 0, offset: '1' },
      message: expect.stringMatching(`${topic}-0@1 .* before offset 2 with kafka-delete-records`),
    }),
  ]);
});

describe('a message that cannot be decoded', () => {
  test('is passed on with its bytes in the order of its partition, does not count, and is not delivered again', async () => {
    const topic = await freshTopic(1);
    const groupId = newGroup();
    await produce(topic, [
      { value: '1' },
      { key: 'bad', value: '{"a":' },
      { value: Buffer.from([0xff]) },
      { value: '2' },
    ]);
    const order: unknown[] = [];
    const consumer = newConsumer({
      topics: [topic],
      groupId,
      onUndecodable: ({ key, value }, reason) => order.push([key, value, Error.isError(reason)]),
    });

    const handled = await consumer.consumeMessages(({ value }) => order.push(value), { maxMessages: 2 });

    expect(handled).toBe(2);
    expect(order).toEqual([1, ['bad', Buffer.from('{"a":'), true], [null, Buffer.from([0xff]), true], 2]);
    expect(await committed(groupId, topic)).toEqual([4]);
  });

  test('is skipped with a process warning by default', async () => {
    const topic = await freshTopic(1);
    await produce(topic, [{ value: 'oops' }, { value: '1' }]);
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const { values, collect } = collector();

    await newConsumer({ topics: [topic] }).consumeMessages(collect, { maxMessages: 1 });

    expect(values).toEqual([1]);
    expect(warned.mock.calls).toEqual([
      [expect.stringMatching(`^Skipped the message at ${topic}/0@0, which cannot be decoded: .*oops`)],
    ]);
    warned.mockRestore();
  });

  test('can be a message that a custom decoder rejects', async () => {
    const topic = await freshTopic(1);
    await produce(topic, [{ value: '"text"' }, { value: '7' }]);
    const rejected: unknown[] = [];
    const { values, collect } = collector();
    const consumer = newConsumer<number>({
      topics: [topic],
      decode: (bytes) => {
        const value: unknown = JSON.parse(bytes.toString());
        if (typeof value !== 'number') {
          throw new TypeError('not a number');
        }
        return value;
      },
      onUndecodable: (_, reason) => rejected.push(reason),
    });

    await consumer.consumeMessages(collect, { maxMessages: 1 });

    expect(values).toEqual([7]);
    expect(rejected).toEqual([new TypeError('not a number')]);
  });
});

describe('consumeMessages', () => {
  test('handles exactly `maxMessages` messages and commits them; the next call continues after them', async () => {
    const topic = await freshTopic(3);
    const groupId = newGroup();
    await produce(topic, numbers(300, { partitions: 3 }));
    const consumer = newConsumer({ topics: [topic], groupId });
    const { values, collect } = collector();

    const first = await consumer.consumeMessages(collect, { maxMessages: 100 });
    const afterFirst = { handled: values.length, committed: await committed(groupId, topic) };
    const second = await consumer.consumeMessages(collect, { maxMessages: 200 });

    expect([first, second]).toEqual([100, 200]);
    expect(afterFirst.handled).toBe(100);
    expect(afterFirst.committed.reduce((sum, offset) => sum + offset)).toBe(100);
    expect(values.toSorted((a, b) => Number(a) - Number(b))).toEqual(upTo(300));
    expect(await committed(groupId, topic)).toEqual([100, 100, 100]);
  });

  test('another consumer of the group continues where the first one ended', async () => {
    const topic = await freshTopic(1);
    const groupId = newGroup();
    await produce(topic, numbers(50));
    const { values, collect } = collector();

    const first = newConsumer({ topics: [topic], groupId });
    await first.consumeMessages(collect, { maxMessages: 20 });
    await first.close();
    await newConsumer({ topics: [topic], groupId }).consumeMessages(collect, { maxMessages: 30 });

    expect(values).toEqual(upTo(50));
  });

  test('rejects with the error of the handler; the next call starts with that message', async () => {
    const topic = await freshTopic(1);
    const groupId = newGroup();
    await produce(topic, numbers(10));
    const consumer = newConsumer({ topics: [topic], groupId });
    const { values, collect } = collector();
    const failing = ({ value }: { value: number | null }): void => {
      if (value === 4) {
        throw new Error('not this one');
      }
    };

    await expect(consumer.consumeMessages(failing, { maxMessages: 10 })).rejects.toThrow('not this one');
    const afterFailure = await committed(groupId, topic);
    await consumer.consumeMessages(collect, { maxMessages: 6 });

    expect(afterFailure).toEqual([4]);
    expect(values).toEqual([4, 5, 6, 7, 8, 9]);
  });

  test('resolves to the number of handled messages when the consumer is closed meanwhile', async () => {
    const topic = await freshTopic(1);
    await produce(topic, numbers(3));
    const consumer = newConsumer({ topics: [topic] });
    const { values, collect } = collector();

    const consuming = consumer.consumeMessages(collect, { maxMessages: 10 });
    await until('three are handled', () => values.length === 3);
    await consumer.close();

    expect(await consuming).toBe(3);
  });

  test('rejects an invalid number', async () => {
    const consumer = newConsumer({ topics: ['any'] });

    await expect(consumer.consumeMessages(() => undefined, { maxMessages: 0 })).rejects.toThrow(RangeError);
  });
});
