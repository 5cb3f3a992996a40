import { OrderlyError } from '../lib/errors.ts';
import { createKafkaClient } from '../lib/kafka/client.ts';
import type { kafkajs } from '../lib/kafka/kafkajs/mended-kafkajs.ts';
import type { TopicSettings } from '../lib/kafka/topics.ts';
import { pollUntil } from './poll-until.ts';

const REQUEST_TIMEOUT_MS = 10_000;
const AVAILABLE_TIMEOUT_MS = 5_000;

/**
 * Creates the topics that are missing. One that is there stays as it is; when its number of partitions is
 * another, the order per key rests on that number, so it is not changed and a warning is returned.
 * @throws OrderlyError when Kafka does not answer within 5 s.
 */
export async function ensureTopics(
  brokers: readonly string[],
  wanted: Readonly<Record<string, TopicSettings>>,
  signal?: AbortSignal,
): Promise<{ created: string[]; warnings: string[] }> {
  let reason: unknown;
  let result: { created: string[]; warnings: string[] } | undefined;
  await pollUntil(
    async () => {
      result = await createMissing(brokers, wanted).catch((error: unknown) => {
        reason = error;
        return undefined;
      });
      return result !== undefined;
    },
    { intervalMs: 250, timeoutMs: AVAILABLE_TIMEOUT_MS, signal },
  );
  if (!result) {
    const why = Error.isError(reason) ? reason.message : String(reason);
    throw new OrderlyError(
      'local_stack',
      `Kafka at ${brokers.join(',')} did not create the topics (${why}): check that it runs, or KAFKA_BROKERS.`,
      {
        cause: reason,
      },
    );
  }
  return result;
}

async function createMissing(
  brokers: readonly string[],
  wanted: Readonly<Record<string, TopicSettings>>,
): Promise<{ created: string[]; warnings: string[] }> {
  const client = createKafkaClient({
    brokers,
    clientId: 'orderly-stack',
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  });
  try {
    const admin = client.kafka.admin();
    await admin.connect();
    const existing = new Set(await admin.listTopics());
    const missing = Object.entries(wanted).filter(([topic]) => !existing.has(topic));
    if (missing.length > 0) {
      await admin.createTopics({ waitForLeaders: true, topics: missing.map(topicConfiguration) });
    }
    const kept = Object.keys(wanted).filter((topic) => existing.has(topic));
    const { topics } = await admin.fetchTopicMetadata({ topics: kept });
    return {
      created: missing.map(([topic]) => topic),
      warnings: kept.length > 0 ? topics.flatMap((topic) => partitionWarning(topic, wanted)) : [],
    };
  } finally {
    client.destroy();
  }
}

function topicConfiguration([topic, { partitions, retentionMs, maxMessageBytes }]: [
  string,
  TopicSettings,
]): kafkajs.ITopicConfig {
  return {
    topic,
    numPartitions: partitions,
    configEntries: [
      { name: 'retention.ms', value: `${retentionMs}` },
      ...(maxMessageBytes === undefined ? [] : [{ name: 'max.message.bytes', value: `${maxMessageBytes}` }]),
    ],
  };
}

function partitionWarning(
  { name, partitions }: kafkajs.ITopicMetadata,
  wanted: Readonly<Record<string, TopicSettings>>,
): string[] {
  const expected = wanted[name]?.partitions;
  return expected === partitions.length
    ? []
    : [
        `Topic ${name} has ${partitions.length} partitions instead of ${expected}. It stays so: a key's records keep their order only while the number does not change.`,
      ];
}
