import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createConsumer } from '../../../lib/kafka/consumer/consumer.ts';
import { createProducer, type Producer } from '../../../lib/kafka/producer/producer.ts';
import { freshTopic } from '../../support/kafka.ts';
import { type KafkaCluster, startKafkaCluster } from '../../support/kafka-cluster.ts';
import { until } from '../../support/until.ts';

type Numbers = Record<string, number>;

/** A frozen coordinator is detected after 20 s. Joining again takes some seconds; the rest is for a busy machine. */
const CONTINUES_MS = 60_000;
const KEYS = 12;

let cluster: KafkaCluster;
let producer: Producer<Numbers>;

beforeAll(async () => {
  cluster = await startKafkaCluster();
  producer = createProducer<Numbers>({
    brokers: cluster.brokers,
    clientId: 'consumer-cluster-test',
    deadlineMs: 30_000,
  });
});
afterAll(async () => {
  await producer.close();
  await cluster[Symbol.asyncDispose]();
});

test('a consumer continues after any of three brokers is killed, after its coordinator is frozen, and after a leader moves; no message is skipped', async () => {
  const topic = await freshTopic(6, cluster.brokers);
  const handled = new Map<string, number[]>();
  await using consumer = createConsumer<Numbers>({
    brokers: cluster.brokers,
    clientId: 'consumer-cluster-test',
    groupId: topic,
    topics: [topic],
    startFrom: 'earliest',
  });
  await consumer.start(({ key, value }) => {
    const values = handled.get(key ?? '') ?? [];
    values.push(value ?? -1);
    handled.set(key ?? '', values);
  });
  let sent = 0;
  const sendAndHandle = async (): Promise<void> => {
    const value = sent;
    sent += 1;
    const keys = Array.from({ length: KEYS }, (_, index) => `key-${index}`);
    await Promise.all(keys.map((key) => producer.send(topic, { key, value })));
    const isHandled = (): boolean => keys.every((key) => handled.get(key)?.includes(value));
    await until(`value ${value} is handled`, isHandled, CONTINUES_MS);
  };

  await sendAndHandle();
  for (const node of cluster.nodes) {
    await node.kill();
    await sendAndHandle();
    await node.start();
    await cluster.untilInSync([topic, '__consumer_offsets']);
  }
  const coordinator = await cluster.coordinator(topic);
  coordinator.freeze(); // it also leads partitions of the topic
  await sendAndHandle();
  coordinator.thaw();
  await cluster.untilInSync([topic, '__consumer_offsets']);
  await cluster.moveLeader(topic, 0);
  await sendAndHandle();

  for (const values of handled.values()) {
    // Uncommitted messages are handled again, in their order.
    expect([...new Set(values)]).toEqual([...Array(sent).keys()]);
  }
}, 480_000);
