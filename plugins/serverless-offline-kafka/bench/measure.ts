import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pollUntil } from '../../../cli/poll-until.ts';
import { kafkajs } from '../src/kafka/kafkajs/patched-kafkajs.ts';
import { startMember } from '../test/soak/member.ts';

export interface Figures {
  /** From the first invocation to the last. */
  readonly recordsPerSecond: number;
  /** From before a record's produce to the entry of the handler. */
  readonly medianMs: number;
  readonly p95Ms: number;
}

export const RECORDS = 300_000;
const RECORD_BYTES = 300;
const PARTITIONS = 6;
const PRODUCED_AT_ONCE = 5_000;
const SINGLES = 400;
/** Not counted: newly loaded code is slow. */
const WARM_UP = 50;
const SINGLE_EVERY_MS = 25;
const WAIT = { intervalMs: 50, timeoutMs: 120_000 };

/** Creates the topics and the backlog. */
export async function fillTopics(kafka: kafkajs.Kafka): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  const topics = ['many', 'single'].map((topic) => ({ topic, numPartitions: PARTITIONS }));
  await admin.createTopics({ waitForLeaders: true, topics });
  await admin.disconnect();
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  const value = 'x'.repeat(RECORD_BYTES);
  for (let from = 0; from < RECORDS; from += PRODUCED_AT_ONCE) {
    const length = Math.min(PRODUCED_AT_ONCE, RECORDS - from);
    const messages = Array.from({ length }, (_, index) => ({ partition: index % PARTITIONS, value }));
    await producer.send({ topic: 'many', messages });
  }
  await producer.disconnect();
}

/** Delivers the backlog to a new group, then single records. */
export async function measure(
  kafka: kafkajs.Kafka,
  brokers: string,
  options: readonly string[],
): Promise<Figures> {
  const directory = mkdtempSync(join(tmpdir(), 'serverless-offline-kafka-bench-'));
  const output = join(directory, 'output');
  const member = await startMember({
    serviceDirectory: join(import.meta.dirname, 'service'),
    options,
    environment: { KAFKA_BROKERS: brokers, BENCH_OUTPUT: output, BENCH_GROUP: randomUUID() },
    logFile: join(directory, 'log'),
  });
  try {
    const counted = (): number[][] => numbersIn(`${output}.count`);
    const total = (): number => counted().reduce((sum, [, records = 0]) => sum + records, 0);
    await orThrow('the backlog is delivered', () => total() >= RECORDS);
    const sinceNs = Number(process.hrtime.bigint()); // the topic also has records of earlier measurements
    const delaysMs = (): number[] =>
      numbersIn(`${output}.arrive`)
        .filter(([producedNs = 0]) => producedNs > sinceNs)
        .map(([, delayMs = Number.NaN]) => delayMs);
    await sendSingles(kafka);
    await orThrow('all have arrived', () => delaysMs().length >= SINGLES);

    const calls = counted();
    const [beganNs = 0, firstRecords = 0] = calls.at(0) ?? [];
    const [endedNs = 0] = calls.at(-1) ?? [];
    const sorted = delaysMs()
      .slice(WARM_UP)
      .toSorted((a, b) => a - b);
    return {
      recordsPerSecond: ((total() - firstRecords) / (endedNs - beganNs)) * 1e9,
      medianMs: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN,
      p95Ms: sorted[Math.floor(sorted.length * 0.95)] ?? Number.NaN,
    };
  } finally {
    await member.interrupt();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function sendSingles(kafka: kafkajs.Kafka): Promise<void> {
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  for (let sent = 0; sent < SINGLES; sent += 1) {
    const value = `${process.hrtime.bigint()}`;
    await producer.send({ topic: 'single', messages: [{ partition: sent % PARTITIONS, value }] });
    await delay(SINGLE_EVERY_MS);
  }
  await producer.disconnect();
}

async function orThrow(what: string, condition: () => boolean): Promise<void> {
  if (!(await pollUntil(condition, WAIT))) {
    throw new Error(`Not within ${WAIT.timeoutMs / 1_000} s: ${what}.`);
  }
}

/** Returns the complete lines. */
function numbersIn(path: string): number[][] {
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
  return lines.map((line) => line.split(' ').map(Number));
}
