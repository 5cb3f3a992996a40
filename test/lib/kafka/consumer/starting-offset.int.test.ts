import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  closeConsumers,
  collector,
  groupIds,
  newConsumer,
  newGroup,
  numbers,
  produce,
  upTo,
} from '../../../support/consumer-topics.ts';
import { createTopicsWithLeaders, freshTopic, openAdmin } from '../../../support/kafka.ts';
import { until } from '../../../support/until.ts';

afterEach(closeConsumers);

async function createTopic(topic: string): Promise<void> {
  await using admin = await openAdmin();
  await createTopicsWithLeaders(admin, { topic, numPartitions: 1 });
}

describe('the starting offset', () => {
  test('latest: the first message that is produced after start has resolved', async () => {
    const topic = await freshTopic(2);
    await produce(topic, numbers(10, { partitions: 2 }));
    const { values, collect } = collector();

    await newConsumer({ topics: [topic], startFrom: 'latest' }).start(collect);
    await produce(topic, numbers(2, { partitions: 2, from: 100 }));
    await until('both have come', () => values.length === 2);

    expect(values.toSorted()).toEqual([100, 101]);
  });

  test('a time: the first message at or after it, in each partition', async () => {
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

  test('does not apply to a partition with a committed position', async () => {
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

  test('latest is committed for the group: a later member misses no message, also before any was handled', async () => {
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

  test('a topic that does not exist yet is read from its first message once it exists', async () => {
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

    expect(warnings).toEqual([expect.stringContaining('retrying')]);
  });
});

describe('without a group', () => {
  test('each consumer reads all messages, continues after a stop, and leaves no group behind', async () => {
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
