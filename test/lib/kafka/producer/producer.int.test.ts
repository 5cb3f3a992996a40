import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { createProducer, type Producer } from '../../../../lib/kafka/producer/producer.ts';
import {
  createTopicsWithLeaders,
  freshTopic,
  openAdmin,
  readTopic,
  testBrokers,
} from '../../../support/kafka.ts';
import { outgoingRecord } from '../../../support/outgoing-records.ts';
import { until } from '../../../support/until.ts';

type AnyTopic = Record<string, unknown>;

const options = { brokers: testBrokers(), clientId: 'producer-test', deadlineMs: 30_000 };

const newProducer = (deadlineMs = options.deadlineMs): Producer<AnyTopic> =>
  createProducer<AnyTopic>({ ...options, deadlineMs });

describe('the shared producer', () => {
  test('every concurrent send is acknowledged with the partition and offset of its own message', async () => {
    const topic = await freshTopic(4);
    await using producer = newProducer();

    const acknowledged = await Promise.all(
      Array.from({ length: 2_500 }, async (_, index) => {
        const { partition, offset } = await producer.send(topic, {
          key: `key-${index % 97}`,
          value: { index },
        });
        return { partition, offset, index };
      }),
    );

    const stored = (await readTopic(topic)).map(({ partition, offset, value }) => ({
      partition,
      offset,
      index: JSON.parse(value ?? '').index,
    }));
    expect(stored).toHaveLength(2_500);
    expect(new Set(stored.map(({ partition }) => partition)).size).toBe(4);
    expect(acknowledged.sort((a, b) => a.partition - b.partition || Number(a.offset - b.offset))).toEqual(
      stored,
    );
  });

  test.each(['gzip', 'zstd'] as const)(
    'messages compressed with %s arrive as they were sent',
    async (compression) => {
      const topic = await freshTopic(2);
      await using producer = createProducer<AnyTopic>({ ...options, compression });
      const values = Array.from({ length: 500 }, (_, index) => ({ index, text: 'the same in each message' }));

      await Promise.all(values.map((value) => producer.send(topic, { key: `key-${value.index}`, value })));

      const stored = await readTopic(topic);
      expect(stored.map(({ value }) => JSON.parse(value ?? '')).sort((a, b) => a.index - b.index)).toEqual(
        values,
      );
    },
  );

  test('producers of two stages on one cluster write to separate topics under the same name', async () => {
    const topic = await freshTopic(1);
    const [prefix, name] = [topic.slice(0, 5), topic.slice(5)];
    await using ofThisStage = createProducer<AnyTopic>({ ...options, topicPrefix: prefix });
    await using ofAnother = createProducer<AnyTopic>({
      ...options,
      topicPrefix: 'another.',
      deadlineMs: 1_000,
    });

    const acknowledged = await ofThisStage.send(name, { key: 'k', value: 'here' });
    const lost = ofAnother.send(name, { key: 'k', value: 'there' });

    await expect(lost).rejects.toMatchObject({ code: 'kafka_unavailable' });
    expect(acknowledged).toMatchObject({ topic });
    expect(await readTopic(topic)).toMatchObject([{ value: '"here"' }]);
  });

  test('messages of one key keep the order in which they were sent', async () => {
    const topic = await freshTopic(3);
    await using producer = newProducer();

    await Promise.all(
      Array.from({ length: 300 }, (_, index) => producer.send(topic, { key: 'same', value: index })),
    );

    expect((await readTopic(topic)).map(({ value }) => Number(value))).toEqual(
      Array.from({ length: 300 }, (_, i) => i),
    );
  });

  test('key, value and headers arrive as UTF-8, JSON and text; null is a tombstone', async () => {
    const topic = await freshTopic(1);
    await using producer = newProducer();

    await producer.send(topic, { key: 'Zoë', value: { price: 19.99 }, headers: { 'event-id': 'é' } });
    await producer.send(topic, { key: null, value: null });

    expect(await readTopic(topic)).toMatchObject([
      { key: 'Zoë', value: '{"price":19.99}', headers: { 'event-id': 'é' } },
      { key: null, value: null, headers: {} },
    ]);
  });

  test('a broker accepts random records and returns them unchanged', async () => {
    const topic = await freshTopic(1);
    await using producer = newProducer();
    const records = fc.sample(outgoingRecord, 300);

    await Promise.all(
      records.map(({ key, value, headers }) =>
        producer.send(topic, {
          key,
          value: value === null ? null : Buffer.from(value),
          headers: Object.fromEntries(headers),
        }),
      ),
    );

    const stored = await readTopic(topic);
    expect(stored.map(({ key, value }) => [key, value])).toEqual(
      records.map(({ key, value }) => [key?.toString() ?? null, value?.toString() ?? null]),
    );
    expect(stored.map(({ headers }) => Object.keys(headers))).toEqual(
      records.map(({ headers }) => Object.keys(Object.fromEntries(headers))),
    );
  });

  test('callbacks receive the result of the promise', async () => {
    const topic = await freshTopic(1);
    await using producer = newProducer();
    const reported: string[] = [];
    const callbacks = {
      onSuccess: ({ offset }: { offset: bigint }) => reported.push(`success ${offset}`),
      onError: ({ code }: { code: string }) => reported.push(`error ${code}`),
    };

    await producer.send(topic, { key: 'k', value: 1 }, callbacks);
    await producer.send(topic, { key: 'k', value: undefined }, callbacks).catch(() => undefined);

    expect(reported).toEqual(['success 0', 'error message_refused']);
  });

  test('a value that cannot be JSON is rejected with a code, and nothing is sent', async () => {
    const topic = await freshTopic(1);
    await using producer = newProducer();

    await expect(producer.send(topic, { key: 'k', value: 1n })).rejects.toMatchObject({
      code: 'message_refused',
      details: { of: 'message' },
    });

    expect(await readTopic(topic)).toEqual([]);
  });

  test.each([
    ['a key', { key: 1 }],
    ['a header', { headers: { h: undefined } }],
  ])('%s that is neither text nor bytes is rejected with a code', async (_, part) => {
    const topic = await freshTopic(1);
    await using producer = newProducer();
    const onError = jest.fn();

    const sent = producer.send(topic, { key: 'k', value: 1, ...(part as object) }, { onError });

    await expect(sent).rejects.toMatchObject({
      name: 'OrderlyError',
      code: 'message_refused',
      details: { of: 'message' },
    });
    expect(onError).toHaveBeenCalledWith(await sent.catch((error: unknown) => error));
    expect(await readTopic(topic)).toEqual([]);
  });

  test('a callback that throws causes a process warning, and the message is stored anyway', async () => {
    const topic = await freshTopic(1);
    await using producer = newProducer();
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const onSuccess = () => {
      throw new Error('thrown by the callback');
    };

    await producer.send(topic, { key: 'k', value: 1 }, { onSuccess });

    expect(await readTopic(topic)).toHaveLength(1);
    expect(warned.mock.calls).toEqual([['A callback of send() threw: thrown by the callback']]);
    warned.mockRestore();
  });

  test('flush waits for all sent messages; close flushes, rejects later messages, and is idempotent', async () => {
    const topic = await freshTopic(1);
    const producer = newProducer();
    let acknowledged = 0;
    const count = { onSuccess: () => (acknowledged += 1) };

    for (let index = 0; index < 100; index += 1) {
      void producer.send(topic, { key: null, value: index }, count);
    }
    await producer.flush();
    const afterFlush = acknowledged;
    void producer.send(topic, { key: null, value: 'last' }, count);
    await Promise.all([producer.close(), producer.close()]);

    expect(afterFlush).toBe(100);
    expect(acknowledged).toBe(101);
    await expect(producer.send(topic, { key: null, value: 'late' })).rejects.toMatchObject({
      code: 'message_refused',
    });
  });

  test('a record that Kafka rejects fails alone: the others of its request are stored', async () => {
    const topic = await freshTopic(1);
    await using producer = newProducer();
    const values = ['before', 'x'.repeat(1_200_000), 'after'];

    const results = await Promise.allSettled(
      values.map((value) => producer.send(topic, { key: 'k', value })),
    );

    expect(results.map((result) => (result.status === 'rejected' ? result.reason.code : 'stored'))).toEqual([
      'stored',
      'message_refused',
      'stored',
    ]);
    expect((await readTopic(topic)).map(({ value }) => value)).toEqual(['"before"', '"after"']);
  });

  test('many large messages are split into requests that the broker accepts', async () => {
    const topic = await freshTopic(1);
    await using producer = newProducer();

    await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        producer.send(topic, { key: 'k', value: `${index}${'x'.repeat(100_000)}` }),
      ),
    );

    expect(await readTopic(topic)).toHaveLength(60);
  });

  test('a missing topic fails at the deadline, and does not delay another topic', async () => {
    const DEADLINE_MS = 3_000;
    const topic = await freshTopic(1);
    await using producer = newProducer(DEADLINE_MS);
    const startedAt = performance.now();
    const settled: string[] = [];

    const lost = producer
      .send(`${topic}-missing`, { key: 'k', value: 1 })
      .catch((error: unknown) => error)
      .finally(() => settled.push('missing'));
    await producer.send(topic, { key: 'k', value: 1 });
    settled.push('other');

    expect(await lost).toMatchObject({
      code: 'kafka_unavailable',
      retryable: true,
      message:
        'Kafka did not acknowledge the message in time (This server does not host this topic-partition); it may be stored or not.',
    });
    expect(performance.now() - startedAt).toBeLessThan(3 * DEADLINE_MS);
    expect(settled).toEqual(['other', 'missing']);
  });

  test.each([
    ['fewer', 6, 2],
    ['more', 2, 6],
  ])(
    'a topic that is deleted and created again with %s partitions accepts messages again, each key in its order',
    async (_what, before, after) => {
      const topic = await freshTopic(before);
      await using producer = newProducer(15_000);
      const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`);
      const sendAll = (value: string): Promise<unknown> =>
        Promise.all(keys.map((key) => producer.send(topic, { key, value })));
      await sendAll('of the first topic');

      await using admin = await openAdmin();
      await admin.deleteTopics({ topics: [topic] });
      await until('the broker has no such topic', () =>
        admin.fetchTopicMetadata({ topics: [topic] }).then(
          () => false,
          () => true,
        ),
      );
      const meanwhile = [sendAll('1'), sendAll('2')];
      await createTopicsWithLeaders(admin, { topic, numPartitions: after });
      await Promise.all(meanwhile);
      await sendAll('3');

      const records = await readTopic(topic);
      for (const key of keys) {
        const values = records.filter((record) => record.key === key).map(({ value }) => value);
        expect([...new Set(values)]).toEqual(['"1"', '"2"', '"3"']);
      }
      // A send that succeeds before the producer sees the new topic keeps the old number, up to the age of its metadata.
      await until(
        'messages reach every partition of the new topic',
        async () => {
          await sendAll('4');
          const partitions = (await readTopic(topic)).map(({ partition }) => partition);
          return new Set(partitions).size === after;
        },
        70_000,
      );
    },
  );
});
