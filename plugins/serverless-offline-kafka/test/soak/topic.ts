import { setTimeout } from 'node:timers/promises';
import { kafkajs } from '../../src/kafka/kafkajs/patched-kafkajs.ts';
import type { RecordCounts } from './checker/check.ts';

const TOPIC = 'soak';
const GROUP = 'soak-group';
const PARTITIONS = 6;
const PART = 2_000;
const RECORD_BYTES = 300;

const client = (brokers: string, requestTimeout: number, retries: number): kafkajs.Kafka =>
  new kafkajs.Kafka({
    brokers: [brokers],
    clientId: 'soak',
    logLevel: kafkajs.logLevel.NOTHING,
    requestTimeout,
    retry: { retries, initialRetryTime: 100, maxRetryTime: 1_000 },
  });

/** Creates the topic with this number of records of 300 bytes, evenly distributed. Returns the number per partition. */
export async function fillTopic(brokers: string, records: number): Promise<RecordCounts> {
  const kafka = client(brokers, 30_000, 10);
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic: TOPIC, numPartitions: PARTITIONS }] });
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  const value = 'x'.repeat(RECORD_BYTES);
  for (let from = 0; from < records; from += PART) {
    const length = Math.min(PART, records - from);
    const messages = Array.from({ length }, (_, index) => ({
      partition: (from + index) % PARTITIONS,
      value,
    }));
    await producer.send({ topic: TOPIC, messages });
  }
  await producer.disconnect();
  const ends = await admin.fetchTopicOffsets(TOPIC);
  await admin.disconnect();
  return byPartition(ends.map(({ partition, high }) => [partition, Number(high)]));
}

export interface CommitWatch extends AsyncDisposable {
  stop(): Promise<void>;
}

/** Calls `sample` with the group's offsets at an interval, until `stop`. Skips samples while the broker is unavailable. */
export function watchCommits(
  brokers: string,
  intervalMs: number,
  sample: (offsets: readonly number[]) => void,
): CommitWatch {
  const stopping = new AbortController();
  const watching = watch(brokers, intervalMs, sample, stopping.signal);
  const stop = (): Promise<void> => {
    stopping.abort();
    return watching;
  };
  return { stop, [Symbol.asyncDispose]: stop };
}

async function watch(
  brokers: string,
  intervalMs: number,
  sample: (offsets: readonly number[]) => void,
  signal: AbortSignal,
): Promise<void> {
  let admin: kafkajs.Admin | undefined;
  while (!signal.aborted) {
    try {
      if (!admin) {
        admin = client(brokers, 3_000, 2).admin(); // kafkajs needs retries to connect
        await admin.connect();
      }
      sample(await committedOffsets(admin));
    } catch {
      await admin?.disconnect().catch(() => undefined);
      admin = undefined;
    }
    await setTimeout(intervalMs, undefined, { signal }).catch(() => undefined);
  }
  await admin?.disconnect().catch(() => undefined);
}

async function committedOffsets(admin: kafkajs.Admin): Promise<number[]> {
  const [group] = await admin.fetchOffsets({ groupId: GROUP, topics: [TOPIC] });
  const partitions = group?.partitions ?? [];
  return byPartition(partitions.map(({ partition, offset }) => [partition, Math.max(0, Number(offset))]));
}

const byPartition = (pairs: readonly (readonly [number, number])[]): number[] =>
  pairs.toSorted(([a], [b]) => a - b).map(([, offset]) => offset);
