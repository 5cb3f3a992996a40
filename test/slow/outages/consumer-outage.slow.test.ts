import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Consumer, createConsumer } from '../../../lib/kafka/consumer/consumer.ts';
import type { Server } from '../../../local/process/server-process.ts';
import { collector, committed, numbers, produce } from '../../support/consumer-topics.ts';
import { freshTopic } from '../../support/kafka.ts';
import { type OwnServers, ownServers } from '../../support/own-servers.ts';
import { until } from '../../support/until.ts';

/** The last commit and the leave may take 5 s each. The rest is for a busy machine. */
const STOPPED_MS = 20_000;

let servers: OwnServers;
let kafka: Server;
let brokers: string[];

beforeAll(async () => {
  servers = ownServers();
  kafka = await servers.startKafka();
  brokers = [`127.0.0.1:${kafka.port}`];
});
afterAll(async () => {
  await servers[Symbol.asyncDispose]();
});

async function kill(): Promise<void> {
  kafka.kill();
  await kafka.ended;
}

async function restart(): Promise<void> {
  kafka = await servers.startKafka(kafka.port);
}

const newTopic = (): Promise<string> => freshTopic(1, brokers);

interface Settings {
  readonly groupId?: string;
  readonly startFrom?: 'latest';
  readonly warnings?: string[];
}

function newConsumer(
  topic: string,
  { warnings = [], ...settings }: Settings,
): Consumer<Record<string, number>> {
  return createConsumer<Record<string, number>>({
    brokers,
    clientId: 'outage-test',
    topics: [topic],
    onWarning: (text) => warnings.push(text),
    ...settings,
  });
}

test('a consumer continues at its position after the broker was killed: no message is lost or repeated, with one warning', async () => {
  const [grouped, alone, slow] = [await newTopic(), await newTopic(), await newTopic()];
  const warnings: string[] = [];
  await using member = newConsumer(grouped, { warnings, groupId: 'restarted' });
  await using loner = newConsumer(alone, { startFrom: 'latest' });
  await using consuming = newConsumer(slow, { groupId: 'meanwhile' });
  const gate = Promise.withResolvers<void>();
  const values = { member: collector(), loner: collector(), consuming: collector() };
  for (const topic of [grouped, alone, slow]) {
    await produce(topic, numbers(2), { brokers });
  }
  await member.start(values.member.collect);
  await loner.start(values.loner.collect); // after the messages were produced
  const consumed = consuming.consumeMessages(
    async (message) => {
      values.consuming.collect(message);
      await gate.promise;
    },
    { maxMessages: 2 },
  );
  await until(
    'the first messages are handled',
    () => values.member.values.length === 2 && values.consuming.values.length === 1,
  );

  await kill();
  await until('the lost connection is reported', () => warnings.length > 0);
  gate.resolve(); // the first handler ends while the broker is unavailable
  await restart();
  await produce(grouped, numbers(2, { from: 2 }), { brokers });
  await produce(alone, numbers(2, { from: 2 }), { brokers });
  await consumed;
  await until(
    'the other messages are handled',
    () => values.member.values.length === 4 && values.loner.values.length === 2,
  );
  await member.stop();

  expect(values.member.values).toEqual([0, 1, 2, 3]);
  expect(values.loner.values).toEqual([2, 3]);
  expect(values.consuming.values).toEqual([0, 1]);
  expect(await committed('restarted', grouped, brokers)).toEqual([4]);
  expect(await committed('meanwhile', slow, brokers)).toEqual([2]);
  expect(warnings).toEqual([expect.stringMatching(/^Reading from Kafka is interrupted, retrying: /)]);
});

test('while the broker is unavailable, stop ends within seconds and rejects, and start waits until it returns', async () => {
  const [uncommitted, early] = [await newTopic(), await newTopic()];
  await produce(uncommitted, numbers(1), { brokers });
  await produce(early, numbers(3), { brokers });
  await using stopped = newConsumer(uncommitted, { groupId: 'uncommitted' });
  await using waiting = newConsumer(early, { groupId: 'early' });
  const gate = Promise.withResolvers<void>();
  const { values, collect } = collector();
  let begun = false;
  await stopped.start(async () => {
    begun = true;
    await gate.promise;
  });
  await until('the handler runs', () => begun);

  await kill();
  gate.resolve();
  const started = waiting.start(collect);
  const stoppingAt = performance.now();
  const failure = await stopped.stop().catch((error: unknown) => error);
  const stoppingMs = performance.now() - stoppingAt;
  await restart();
  await started;
  await until('all messages are handled', () => values.length === 3);

  expect(failure).toMatchObject({ code: 'kafka_unavailable' });
  expect(stoppingMs).toBeLessThan(STOPPED_MS);
  expect(values).toEqual([0, 1, 2]);
});
