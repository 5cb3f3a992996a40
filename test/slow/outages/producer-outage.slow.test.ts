import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createProducer, type Producer } from '../../../lib/kafka/producer/producer.ts';
import type { Server } from '../../../local/process/server-process.ts';
import { freshTopic, readTopic } from '../../support/kafka.ts';
import { type OwnServers, ownServers } from '../../support/own-servers.ts';
import { until } from '../../support/until.ts';

const DEADLINE_MS = 4_000;
/** How late a timer may be on a busy machine: less than another deadline. */
const LATE_MS = 3_000;

let servers: OwnServers;
let kafka: Server;
let brokers: string[];
let producer: Producer<Record<string, unknown>>;

beforeAll(async () => {
  servers = ownServers();
  kafka = await servers.startKafka();
  brokers = [`127.0.0.1:${kafka.port}`];
  producer = createProducer<Record<string, unknown>>({
    brokers,
    clientId: 'outage-test',
    deadlineMs: DEADLINE_MS,
  });
});
afterAll(async () => {
  await producer.close();
  await servers[Symbol.asyncDispose]();
});

/** Returns the outcome of a send and its duration. */
async function timedSend(topic: string, value: unknown): Promise<{ outcome: string; ms: number }> {
  const startedAt = performance.now();
  const outcome = await producer.send(topic, { key: 'k', value }).then(
    () => 'stored',
    (error: { code: string }) => error.code,
  );
  return { outcome, ms: performance.now() - startedAt };
}

describe('the shared producer', () => {
  test('rejects with "unavailable" by the deadline while the broker is dead, and works again once it is back', async () => {
    const topic = await freshTopic(1, brokers);
    await producer.send(topic, { key: 'k', value: 'before' });

    kafka.kill();
    await kafka.ended;
    const during = await Promise.all([timedSend(topic, 'lost-1'), timedSend(topic, 'lost-2')]);
    kafka = await servers.startKafka(kafka.port);
    await producer.send(topic, { key: 'k', value: 'after' });

    for (const { outcome, ms } of during) {
      expect(outcome).toBe('kafka_unavailable');
      expect(ms).toBeLessThan(DEADLINE_MS + LATE_MS);
    }
    expect((await readTopic(topic, brokers)).map(({ value }) => value)).toEqual(['"before"', '"after"']);
  });

  test('sends that wait while the broker restarts are stored once it is back, in their order', async () => {
    const topic = await freshTopic(1, brokers);
    await using patient = createProducer<Record<string, unknown>>({
      brokers,
      clientId: 'patient',
      deadlineMs: 30_000,
    });
    await patient.send(topic, { key: 'k', value: 0 });

    kafka.kill();
    await kafka.ended;
    const waiting = Promise.all([1, 2, 3].map((value) => patient.send(topic, { key: 'k', value })));
    kafka = await servers.startKafka(kafka.port);
    await waiting;

    expect((await readTopic(topic, brokers)).map(({ value }) => value)).toEqual(['0', '1', '2', '3']);
  });

  test('abandons a frozen broker at the deadline with nothing pending, and a later send succeeds when the broker resumes', async () => {
    const topic = await freshTopic(1, brokers);
    await producer.send(topic, { key: 'k', value: 'before' });

    process.kill(kafka.pid, 'SIGSTOP');
    const during = await timedSend(topic, 'during');
    const rejectedAt = performance.now();
    await producer.flush();
    const pendingMs = performance.now() - rejectedAt;
    process.kill(kafka.pid, 'SIGCONT');
    let after = await timedSend(topic, 'after');
    await until('a send succeeds', async () => {
      after = after.outcome === 'stored' ? after : await timedSend(topic, 'after');
      return after.outcome === 'stored';
    });

    expect(during.outcome).toBe('kafka_unavailable');
    expect(during.ms).toBeLessThan(DEADLINE_MS + LATE_MS);
    expect(pendingMs).toBeLessThan(LATE_MS);
  });
});
