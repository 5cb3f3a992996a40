import { pollUntil } from '../../cli/poll-until.ts';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import { createKafkaClient } from '../../lib/kafka/client.ts';
import type { kafkajs } from '../../lib/kafka/kafkajs/patched-kafkajs.ts';
import { retryUntilKnown } from '../../lib/kafka/topics/create-topics.ts';
import { type TopicSettings, topicConfig } from '../../lib/kafka/topics/topics.ts';

const REQUEST_TIMEOUT_MS = 10_000;
const AVAILABLE_TIMEOUT_MS = 5_000;

/** `kafkajs.ConfigResourceTypes.TOPIC`, and `kafkajs.ConfigSource.TOPIC_CONFIG` */
const TOPIC = 2;
const SET_ON_THE_TOPIC = 1;

type Wanted = Readonly<Record<string, TopicSettings>>;

interface EnsureTopicsOptions {
  /** True if this stack started Kafka. Only then are existing topics changed. */
  readonly isOurs?: boolean;
  readonly signal?: AbortSignal;
}

interface EnsuredTopics {
  readonly created: string[];
  /** The settings of existing topics that were changed. */
  readonly changed: string[];
  readonly warnings: string[];
}

/**
 * Creates missing topics and updates the configuration of existing ones. In a Kafka that this stack did not start it only
 * warns about differences. It never changes the number of partitions, because the order per key depends on it.
 * @throws OrderlyError if Kafka does not answer within 5 s.
 */
export async function ensureTopics(
  brokers: readonly string[],
  wanted: Wanted,
  { isOurs = true, signal }: EnsureTopicsOptions = {},
): Promise<EnsuredTopics> {
  let reason: unknown;
  let result: EnsuredTopics | undefined;
  await pollUntil(
    async () => {
      result = await alignTopics(brokers, wanted, isOurs).catch((error: unknown) => {
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

async function alignTopics(
  brokers: readonly string[],
  wanted: Wanted,
  isOurs: boolean,
): Promise<EnsuredTopics> {
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
      // The wait of kafkajs fails when the broker does not know a topic yet.
      await admin.createTopics({ waitForLeaders: false, topics: missing.map(topicConfiguration) });
      await retryUntilKnown(() => admin.fetchTopicMetadata({ topics: missing.map(([topic]) => topic) }));
    }
    const created = missing.map(([topic]) => topic);
    const kept = Object.keys(wanted).filter((topic) => existing.has(topic));
    if (kept.length === 0) {
      return { created, changed: [], warnings: [] };
    }
    const { topics } = await admin.fetchTopicMetadata({ topics: kept });
    const warnings = topics.flatMap((topic) => partitionWarning(topic, wanted));
    const differing = await differences(admin, kept, wanted);
    if (!isOurs) {
      return { created, changed: [], warnings: [...warnings, ...differing.map(configWarning)] };
    }
    if (differing.length > 0) {
      await admin.alterConfigs({ validateOnly: false, resources: differing.map(alteration) });
    }
    return {
      created,
      changed: differing.map(({ topic, difference }) => `${topic} (${difference})`),
      warnings,
    };
  } finally {
    client.destroy();
  }
}

const wantedConfig = (settings: TopicSettings): Record<string, string> => ({
  ...topicConfig(settings),
  'compression.type': 'producer', // Kafka's default; an earlier release had another
});

const configEntries = (config: Readonly<Record<string, string>>): kafkajs.IResourceConfigEntry[] =>
  Object.entries(config).map(([name, value]) => ({ name, value }));

function topicConfiguration([topic, settings]: [string, TopicSettings]): kafkajs.ITopicConfig {
  return { topic, numPartitions: settings.partitions, configEntries: configEntries(wantedConfig(settings)) };
}

interface Difference {
  readonly topic: string;
  /** The difference: `name=value instead of value`. */
  readonly difference: string;
  /** The required configuration of the topic. */
  readonly config: Readonly<Record<string, string>>;
}

async function differences(
  admin: kafkajs.Admin,
  names: readonly string[],
  wanted: Wanted,
): Promise<Difference[]> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: names.map((name) => ({ type: TOPIC, name })),
  });
  return resources.flatMap(({ resourceName: topic, configEntries }) => {
    const settings = wanted[topic];
    const config = settings === undefined ? {} : wantedConfig(settings);
    const current = new Map(configEntries.map((entry) => [entry.configName, entry]));
    const difference = Object.entries(config).flatMap(([name, value]) => {
      const is = current.get(name)?.configValue;
      return is === value ? [] : [`${name}=${is} instead of ${value}`];
    });
    const own = configEntries
      .filter(({ configSource }) => configSource === SET_ON_THE_TOPIC)
      .map(({ configName, configValue }) => [configName, configValue]);
    // Kafka resets a setting that the request leaves out
    return difference.length === 0
      ? []
      : [{ topic, difference: difference.join(', '), config: { ...Object.fromEntries(own), ...config } }];
  });
}

const alteration = ({ topic, config }: Difference): kafkajs.IResourceConfig => ({
  type: TOPIC,
  name: topic,
  configEntries: configEntries(config),
});

const configWarning = ({ topic, difference }: Difference): string =>
  `Topic ${topic} has ${difference}. It was not changed, because this Kafka was not started here: change it with kafka-configs.`;

function partitionWarning({ name, partitions }: kafkajs.ITopicMetadata, wanted: Wanted): string[] {
  const expected = wanted[name]?.partitions;
  return expected === partitions.length
    ? []
    : [
        `Topic ${name} has ${partitions.length} partitions instead of ${expected}. Orderly does not change it: records of a key keep their order only with a fixed number.`,
      ];
}
