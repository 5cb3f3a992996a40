import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
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
import { freshTopic } from '../../../support/kafka.ts';
import { until } from '../../../support/until.ts';

afterEach(closeConsumers);

describe('start and stop', () => {
  test('messages of one partition are handled sequentially in order, and partitions concurrently', async () => {
    const topic = await freshTopic(3);
    await produce(topic, numbers(60, { partitions: 3 }));
    const running = new Set<number>();
    const seen = new Map<number, number[]>();
    let mostAtOnce = 0;
    let overlaps = 0;

    await newConsumer({ topics: [topic] }).consumeMessages(
      async ({ partition, value }) => {
        overlaps += running.has(partition) ? 1 : 0;
        running.add(partition);
        mostAtOnce = Math.max(mostAtOnce, running.size);
        await delay(5);
        seen.set(partition, [...(seen.get(partition) ?? []), Number(value)]);
        running.delete(partition);
      },
      { maxMessages: 60 },
    );

    expect(overlaps).toBe(0);
    expect(mostAtOnce).toBe(3);
    for (const values of seen.values()) {
      expect(values).toEqual(values.toSorted((a, b) => a - b));
    }
  });

  test('stop waits for the running handler and commits its message, and no later message', async () => {
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

  test('after many starts and stops under load, no message is lost, skipped or repeated, because each stop commits', async () => {
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
  });

  test('a message whose handler throws is retried before later messages, while other partitions continue', async () => {
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
    expect(warnings[0]).toBe(`Handling the message at ${topic}/0@1 failed, retrying: not yet`);
    expect(await committed(groupId, topic)).toEqual([5, 5]);
  });

  test('stop does not wait for a back-off, and commits neither the failed message nor later ones', async () => {
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
    await until('the back-off is long', () => failures === 6);
    const startedAt = performance.now();
    await consumer.stop();

    expect(performance.now() - startedAt).toBeLessThan(3_000); // the sixth back-off takes 3.2 s
    expect(await committed(groupId, topic)).toEqual([1]);
  });

  test('handled messages are committed within a second, without a stop', async () => {
    const topic = await freshTopic(1);
    const groupId = newGroup();
    const consumer = newConsumer({ topics: [topic], groupId });
    const { values, collect } = collector();

    await consumer.start(collect);
    await produce(topic, numbers(5));
    await until('all are handled', () => values.length === 5);

    await until('they are committed', async () => `${await committed(groupId, topic)}` === '5', 5_000);
  });

  test('can be closed at any moment of its start, without extra delay', async () => {
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

  test('rejects a second concurrent consumption, and every call after close; close is idempotent', async () => {
    const consumer = newConsumer({ topics: [await freshTopic(1)] });

    await consumer.start(() => undefined);
    await expect(consumer.start(() => undefined)).rejects.toThrow('already consuming');
    await Promise.all([consumer.close(), consumer.close()]);

    await expect(consumer.start(() => undefined)).rejects.toThrow('closed');
  });

  test('messages larger than a fetch, and more messages than fit into memory, all arrive in order', async () => {
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
