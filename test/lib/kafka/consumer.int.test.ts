import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { type Consumer, type ConsumerOptions, createConsumer } from '../../../lib/kafka/consumer.ts';
import { collector, committed, groupIds, numbers, produce, until } from '../../support/consumer-topics.ts';
import { freshTopic, kafkaClient, testBrokers } from '../../support/kafka.ts';

type Options<Value> = Omit<ConsumerOptions<Record<string, Value>>, 'brokers' | 'clientId'>;

const open: AsyncDisposable[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((consumer) => consumer[Symbol.asyncDispose]()));
});

function newConsumer<Value = number>(options: Options<Value>): Consumer<Record<string, Value>> {
  const consumer = createConsumer<Record<string, Value>>({
    brokers: testBrokers(),
    clientId: 'consumer-test',
    ...options,
  });
  open.push(consumer);
  return consumer;
}

const newGroup = (): string => `group-${randomUUID()}`;

async function createTopic(topic: string): Promise<void> {
  const admin = kafkaClient().admin();
  await admin.connect();
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 1 }] });
  await admin.disconnect();
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('a message', () => {
  test('comes with its value from JSON, its key as text, its headers as a list, and its place', async () => {
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

  test('says by its topic what type its value has', async () => {
    await using consumer = createConsumer<{ prices: number; names: string }>({
      brokers: testBrokers(),
      clientId: 'typed',
      topics: ['prices', 'names'],
      startFrom: 'latest',
    });
    const seen: string[] = [];
    for (const topic of ['prices', 'names']) {
      await createTopic(topic);
    }

    await consumer.start((message) => {
      seen.push(message.topic === 'prices' ? `${message.value?.toFixed(2)}` : `${message.value?.trim()}`);
    });
    await produce('prices', [{ value: '2.5' }]);
    await produce('names', [{ value: '" Zoë "' }]);
    await until('both have come', () => seen.length === 2);

    expect(seen.sort()).toEqual(['2.50', 'Zoë']);
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

describe('a message that cannot be decoded', () => {
  test('is handed over with its bytes in its place, does not count, and is not delivered again', async () => {
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

  test('can be one that a decoder of your own refuses', async () => {
    const topic = await freshTopic(1);
    await produce(topic, [{ value: '"text"' }, { value: '7' }]);
    const refused: unknown[] = [];
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
      onUndecodable: (_, reason) => refused.push(reason),
    });

    await consumer.consumeMessages(collect, { maxMessages: 1 });

    expect(values).toEqual([7]);
    expect(refused).toEqual([new TypeError('not a number')]);
  });
});

describe('consumeMessages', () => {
  test('handles exactly as many as asked for and commits them; the next call goes on after them', async () => {
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

  test('another consumer of the group goes on where the first one ended', async () => {
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

  test('rejects with what the handler throws; that message is the first of the next call', async () => {
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

  test('resolves to what was handled so far when the consumer is closed meanwhile', async () => {
    const topic = await freshTopic(1);
    await produce(topic, numbers(3));
    const consumer = newConsumer({ topics: [topic] });
    const { values, collect } = collector();

    const consuming = consumer.consumeMessages(collect, { maxMessages: 10 });
    await until('three are handled', () => values.length === 3);
    await consumer.close();

    expect(await consuming).toBe(3);
  });

  test('refuses a number that is none', async () => {
    const consumer = newConsumer({ topics: ['any'] });

    await expect(consumer.consumeMessages(() => undefined, { maxMessages: 0 })).rejects.toThrow(RangeError);
  });
});

describe('start and stop', () => {
  test('messages of one partition are handled one after the other in order, several partitions side by side', async () => {
    const topic = await freshTopic(3);
    await produce(topic, numbers(60, { partitions: 3 }));
    const running = new Set<number>();
    const seen = new Map<number, number[]>();
    let mostAtOnce = 0;
    let overtakes = 0;

    await newConsumer({ topics: [topic] }).consumeMessages(
      async ({ partition, value }) => {
        overtakes += running.has(partition) ? 1 : 0;
        running.add(partition);
        mostAtOnce = Math.max(mostAtOnce, running.size);
        await delay(5);
        seen.set(partition, [...(seen.get(partition) ?? []), Number(value)]);
        running.delete(partition);
      },
      { maxMessages: 60 },
    );

    expect(overtakes).toBe(0);
    expect(mostAtOnce).toBe(3);
    for (const values of seen.values()) {
      expect(values).toEqual(values.toSorted((a, b) => a - b));
    }
  });

  test('stop waits for the running handler and commits it, and nothing after it', async () => {
    const topic = await freshTopic(1);
    const groupId = newGroup();
    await produce(topic, numbers(10));
    const consumer = newConsumer({ topics: [topic], groupId });
    const gate = Promise.withResolvers<void>();
    let begun = 0;
    let ended = 0;

    await consumer.start(async () => {
      begun += 1;
      await gate.promise;
      ended += 1;
    });
    await until('a handler runs', () => begun === 1);
    const stopping = consumer.stop();
    gate.resolve();
    await stopping;

    expect([begun, ended]).toEqual([1, 1]);
    expect(await committed(groupId, topic)).toEqual([1]);
  });

  test('started and stopped again and again under load, no message is lost, skipped or, since each stop commits, repeated', async () => {
    const topic = await freshTopic(3);
    const groupId = newGroup();
    const consumer = newConsumer({ topics: [topic], groupId });
    const seen = new Map<number, number[]>([0, 1, 2].map((partition) => [partition, []]));
    let total = 0;
    const handler = async ({
      partition,
      value,
    }: {
      partition: number;
      value: number | null;
    }): Promise<void> => {
      await delay(1);
      seen.get(partition)?.push(Number(value));
      total += 1;
    };

    const producing = (async () => {
      for (let batch = 0; batch < 20; batch += 1) {
        await produce(topic, numbers(150, { partitions: 3, from: batch * 150 }));
      }
    })();
    let rounds = 0;
    for (; total < 3_000; rounds += 1) {
      const before = total;
      await consumer.start(handler);
      await until('some more are handled', () => total === 3_000 || total > before + 300);
      await consumer.stop();
    }
    await producing;

    expect(rounds).toBeGreaterThan(1);
    for (const [partition, values] of seen) {
      expect(values).toEqual(upTo(3_000).filter((value) => value % 3 === partition));
    }
    expect(await committed(groupId, topic)).toEqual([1_000, 1_000, 1_000]);
  }, 120_000);

  test('a message whose handler throws is handled again before anything after it, while other partitions go on', async () => {
    const topic = await freshTopic(2);
    const groupId = newGroup();
    await produce(topic, numbers(10, { partitions: 2 }));
    const warnings: string[] = [];
    const consumer = newConsumer({ topics: [topic], groupId, onWarning: (text) => warnings.push(text) });
    const seen: [number[], number[]] = [[], []];
    let failures = 0;

    await consumer.start(({ partition, value }) => {
      if (value === 2 && (failures < 3 || seen[1].length < 5)) {
        failures += 1;
        throw new Error('not yet');
      }
      seen[partition === 0 ? 0 : 1].push(Number(value));
    });
    await until('all are handled', () => seen[0].length === 5 && seen[1].length === 5);
    await consumer.stop();

    expect(seen).toEqual([
      [0, 2, 4, 6, 8],
      [1, 3, 5, 7, 9],
    ]);
    expect(failures).toBeGreaterThanOrEqual(3);
    expect(warnings[0]).toBe(`Handling the message at ${topic}/0@1 failed, trying on: not yet`);
    expect(await committed(groupId, topic)).toEqual([5, 5]);
  });

  test('stop does not wait for a back-off, and commits nothing from the failed message on', async () => {
    const topic = await freshTopic(1);
    const groupId = newGroup();
    await produce(topic, numbers(3));
    let failures = 0;
    const consumer = newConsumer({ topics: [topic], groupId, onWarning: () => (failures += 1) });

    await consumer.start(({ value }) => {
      if (value === 1) {
        throw new Error('never');
      }
    });
    await until('the back-off is long', () => failures === 4);
    const startedAt = performance.now();
    await consumer.stop();

    expect(performance.now() - startedAt).toBeLessThan(700);
    expect(await committed(groupId, topic)).toEqual([1]);
  });

  test('a group has what was handled within a second, without a stop', async () => {
    const topic = await freshTopic(1);
    const groupId = newGroup();
    const consumer = newConsumer({ topics: [topic], groupId });
    const { values, collect } = collector();

    await consumer.start(collect);
    await produce(topic, numbers(5));
    await until('all are handled', () => values.length === 5);

    await until('they are committed', async () => `${await committed(groupId, topic)}` === '5', 5_000);
  });

  test('can be closed at any moment of its start, and that takes no longer', async () => {
    const topic = await freshTopic(1);

    for (let afterMs = 0; afterMs <= 120; afterMs += 8) {
      const consumer = newConsumer({ topics: [topic], groupId: newGroup() });
      const started = consumer.start(() => undefined);
      await delay(afterMs);
      const closingAt = performance.now();
      await consumer.close();
      await started;
      expect(performance.now() - closingAt).toBeLessThan(4_000);
    }
  });

  test('refuses to consume twice at a time, and anything after close; close may be repeated', async () => {
    const consumer = newConsumer({ topics: [await freshTopic(1)] });

    await consumer.start(() => undefined);
    await expect(consumer.start(() => undefined)).rejects.toThrow('consuming already');
    await Promise.all([consumer.close(), consumer.close()]);

    await expect(consumer.start(() => undefined)).rejects.toThrow('closed');
  });

  test('messages larger than what is fetched at a time, and more than fit into memory at once, all come in order', async () => {
    const topic = await freshTopic(1);
    const batches = 12;
    for (let batch = 0; batch < batches; batch += 1) {
      const value = JSON.stringify(`${batch}`.padEnd(900_000, 'x'));
      await produce(topic, [{ value }]);
    }
    const seen: number[] = [];

    await newConsumer<string>({ topics: [topic] }).consumeMessages(
      async ({ value }) => {
        await delay(20);
        seen.push(Number.parseInt(value ?? '', 10));
      },
      { maxMessages: batches },
    );

    expect(seen).toEqual(upTo(batches));
  });
});

describe('where it begins', () => {
  test('latest: with what is produced after start has resolved, and with nothing before', async () => {
    const topic = await freshTopic(2);
    await produce(topic, numbers(10, { partitions: 2 }));
    const { values, collect } = collector();

    await newConsumer({ topics: [topic], startFrom: 'latest' }).start(collect);
    await produce(topic, numbers(2, { partitions: 2, from: 100 }));
    await until('both have come', () => values.length === 2);

    expect(values.toSorted()).toEqual([100, 101]);
  });

  test('a time: with the first message since, in each partition', async () => {
    const topic = await freshTopic(1);
    const noon = Date.parse('2026-11-01T12:00:00Z');
    await produce(
      topic,
      upTo(10).map((minute) => ({ value: `${minute}`, timestamp: `${noon + minute * 60_000}` })),
    );
    const { values, collect } = collector();

    await newConsumer({ topics: [topic], startFrom: noon + 6.5 * 60_000 }).consumeMessages(collect, {
      maxMessages: 3,
    });

    expect(values).toEqual([7, 8, 9]);
  });

  test('a committed position goes before it', async () => {
    const topic = await freshTopic(1);
    const groupId = newGroup();
    await produce(topic, numbers(5));
    const first = newConsumer({ topics: [topic], groupId });
    await first.consumeMessages(() => undefined, { maxMessages: 2 });
    await first.close();
    const { values, collect } = collector();

    await newConsumer({ topics: [topic], groupId, startFrom: 'latest' }).consumeMessages(collect, {
      maxMessages: 3,
    });

    expect(values).toEqual([2, 3, 4]);
  });

  test('latest is kept for the group: who comes later misses nothing, though nothing was handled yet', async () => {
    const topic = await freshTopic(1);
    const groupId = newGroup();
    await produce(topic, numbers(5));
    const first = newConsumer({ topics: [topic], groupId, startFrom: 'latest' });
    const { values, collect } = collector();

    await first.start(() => undefined);
    await first.close();
    await produce(topic, numbers(1, { from: 100 }));
    await newConsumer({ topics: [topic], groupId, startFrom: 'latest' }).consumeMessages(collect, {
      maxMessages: 1,
    });

    expect(values).toEqual([100]);
  });

  test('a topic that is not there yet is read from its first message once it is', async () => {
    const topic = `late-${randomUUID()}`;
    const warnings: string[] = [];
    const { values, collect } = collector();
    const consumer = newConsumer({ topics: [topic], onWarning: (text) => warnings.push(text) });

    const started = consumer.start(collect);
    await until('it is missed', () => warnings.length > 0);
    await createTopic(topic);
    await produce(topic, numbers(1));
    await started;
    await until('it is read', () => values.length === 1);

    expect(warnings).toEqual([expect.stringContaining('trying on')]);
  });
});

describe('without a group', () => {
  test('each consumer reads everything, goes on after a stop, and leaves no group behind', async () => {
    const topic = await freshTopic(2);
    await produce(topic, numbers(10, { partitions: 2 }));
    const clientId = `alone-${randomUUID()}`;
    const consumers = [1, 2].map(() => newConsumer({ topics: [topic], ...{ clientId } }));
    const collectors = consumers.map(() => collector());

    await Promise.all(
      consumers.map((consumer, index) =>
        consumer.consumeMessages(({ value }) => collectors[index]?.values.push(value), { maxMessages: 10 }),
      ),
    );
    await Promise.all(consumers.map((consumer) => consumer.stop()));
    await produce(topic, numbers(2, { partitions: 2, from: 10 }));
    const during = (await groupIds()).filter((id) => id.startsWith(clientId));
    await Promise.all(
      consumers.map((consumer, index) =>
        consumer.consumeMessages(({ value }) => collectors[index]?.values.push(value), { maxMessages: 2 }),
      ),
    );
    await Promise.all(consumers.map((consumer) => consumer.close()));

    for (const { values } of collectors) {
      expect(values.toSorted((a, b) => Number(a) - Number(b))).toEqual(upTo(12));
    }
    expect(during).toEqual([]);
    expect((await groupIds()).filter((id) => id.startsWith(clientId))).toEqual([]);
  });
});
