import { setTimeout as sleep } from 'node:timers/promises';
import { OrderlyError } from '../../errors/orderly-error.ts';
import { createKafkaClient } from '../client.ts';
import { kafkajs } from '../kafkajs/patched-kafkajs.ts';
import type { KafkaSecurity } from '../security.ts';
import { type TopicSettings, topicConfig } from './topics.ts';
import {
  MIN_IN_SYNC_REPLICAS,
  REPLICATION_FACTOR,
  type TopicDescription,
  validateTopic,
} from './validate-topic.ts';

const REQUEST_TIMEOUT_MS = 15_000;
const METADATA_TIMEOUT_MS = 15_000;
const POLL_MS = 200;
/** `kafkajs.ConfigResourceTypes.TOPIC` */
const TOPIC = 2;

export interface CreateTopicsOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Default: plaintext. */
  readonly security?: KafkaSecurity | undefined;
  /** By the topic's name in the cluster, with the stage's prefix. */
  readonly wanted: Readonly<Record<string, TopicSettings>>;
  /** A test stage accepts fewer replicas, with a warning. */
  readonly isTest: boolean;
}

export interface TopicReport {
  readonly created: readonly string[];
  readonly topics: readonly TopicDescription[];
  readonly warnings: readonly string[];
}

/**
 * Creates the missing topics, for a test stage with the brokers' default replication, and validates all topics. Never
 * changes an existing topic. Safe to run concurrently.
 * @throws OrderlyError `invalid_configuration` that lists every fault by which records can be lost or reordered, or if the
 * cluster has too few brokers; kafkajs' error if Kafka is unavailable or rejects a request.
 */
export async function createTopics(options: CreateTopicsOptions): Promise<TopicReport> {
  const { wanted, isTest, ...connection } = options;
  const client = createKafkaClient({ ...connection, requestTimeoutMs: REQUEST_TIMEOUT_MS });
  try {
    const admin = client.kafka.admin();
    await admin.connect();
    const created = await createMissing(admin, wanted, isTest);
    const topics = await retryUntilKnown(() => describeTopics(admin, Object.keys(wanted)));
    const validations = topics.map((topic) => {
      const settings = wanted[topic.topic];
      return settings === undefined
        ? { faults: [], warnings: [] }
        : validateTopic(topic, settings, { isTest });
    });
    const faults = validations.flatMap((validation) => validation.faults);
    if (faults.length > 0) {
      const notes = created.length > 0 ? [`Just created, and empty: ${created.join(', ')}.`] : [];
      throw new OrderlyError('invalid_configuration', [...faults, ...notes].join('\n'));
    }
    return { created, topics, warnings: validations.flatMap(({ warnings }) => warnings) };
  } catch (error) {
    throw client.reasonOf(error);
  } finally {
    client.destroy();
  }
}

async function createMissing(
  admin: kafkajs.Admin,
  wanted: Readonly<Record<string, TopicSettings>>,
  isTest: boolean,
): Promise<string[]> {
  const existing = new Set(await admin.listTopics());
  const missing = Object.entries(wanted).filter(([topic]) => !existing.has(topic));
  const create = (replication: ReplicationSettings): Promise<boolean> =>
    admin.createTopics({
      waitForLeaders: false,
      topics: missing.map(([topic, settings]) => topicConfiguration(topic, settings, replication)),
    });
  if (missing.length > 0) {
    await (isTest ? create({}) : createDurable(create));
  }
  return missing.map(([topic]) => topic);
}

type ReplicationSettings = Partial<Pick<kafkajs.ITopicConfig, 'replicationFactor' | 'configEntries'>>;

/**
 * Creates topics with the required replication. MSK Serverless and MSK Express set `min.insync.replicas` themselves and
 * reject topics with this setting: then creates the topics without it, and the validation checks the result.
 * https://docs.aws.amazon.com/msk/latest/developerguide/msk-configuration-express-read-only.html
 */
async function createDurable(create: (replication: ReplicationSettings) => Promise<boolean>): Promise<void> {
  const replicationFactor = REPLICATION_FACTOR;
  await create({ replicationFactor, configEntries: durableSettings })
    .catch((error: unknown) => {
      if (!errorTypes(error).some((type) => settingsErrors.has(type))) {
        throw error;
      }
      return create({ replicationFactor });
    })
    .catch((error: unknown) => {
      throw errorTypes(error).includes('INVALID_REPLICATION_FACTOR') ? tooFewBrokers(error) : error;
    });
}

const tooFewBrokers = (cause: unknown): OrderlyError =>
  new OrderlyError(
    'invalid_configuration',
    `The cluster has fewer than ${REPLICATION_FACTOR} brokers now, so a topic cannot have ${REPLICATION_FACTOR} replicas: the loss of a broker's disk could lose acknowledged orders. No topic was created. Use a larger cluster; a test stage accepts fewer brokers.`,
    { cause },
  );

const durableSettings: kafkajs.IResourceConfigEntry[] = [
  { name: 'min.insync.replicas', value: `${MIN_IN_SYNC_REPLICAS}` },
  { name: 'unclean.leader.election.enable', value: 'false' },
];

/** Kafka's errors for rejected settings: https://kafka.apache.org/protocol#protocol_error_codes. AWS does not document which it uses. */
const settingsErrors: ReadonlySet<string> = new Set([
  'INVALID_CONFIG',
  'INVALID_REQUEST',
  'POLICY_VIOLATION',
]);

/** Returns the error types, one for each topic that was not created. */
const errorTypes = (error: unknown): string[] =>
  error instanceof kafkajs.KafkaJSAggregateError
    ? error.errors.flatMap((one) => (Error.isError(one) && 'type' in one ? [String(one.type)] : []))
    : [];

function topicConfiguration(
  topic: string,
  settings: TopicSettings,
  { configEntries = [], ...replication }: ReplicationSettings,
): kafkajs.ITopicConfig {
  const config = Object.entries(topicConfig(settings)).map(([name, value]) => ({ name, value }));
  return {
    topic,
    numPartitions: settings.partitions,
    ...replication,
    configEntries: [...config, ...configEntries],
  };
}

/** Retries while a broker does not know a new topic yet: https://kafka.apache.org/protocol#protocol_error_codes */
export async function retryUntilKnown<Result>(read: () => Promise<Result>): Promise<Result> {
  const deadline = performance.now() + METADATA_TIMEOUT_MS;
  for (;;) {
    try {
      return await read();
    } catch (error) {
      if (!isNotKnownYet(error) || performance.now() > deadline) {
        throw error;
      }
      await sleep(POLL_MS);
    }
  }
}

const isNotKnownYet = (error: unknown): boolean =>
  Error.isError(error) &&
  'type' in error &&
  (error.type === 'UNKNOWN_TOPIC_OR_PARTITION' || error.type === 'LEADER_NOT_AVAILABLE');

async function describeTopics(admin: kafkajs.Admin, names: readonly string[]): Promise<TopicDescription[]> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [...names] });
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: names.map((name) => ({ type: TOPIC, name })),
  });
  const settings = new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      Object.fromEntries(configEntries.map(({ configName, configValue }) => [configName, configValue])),
    ]),
  );
  return topics.sort(byPositionIn(names)).map(({ name, partitions }) => ({
    topic: name,
    partitions: partitions.length,
    replication: Math.min(...partitions.map(({ replicas }) => replicas.length)),
    settings: pick(settings.get(name) ?? {}),
  }));
}

const byPositionIn =
  (names: readonly string[]) =>
  (a: { name: string }, b: { name: string }): number =>
    names.indexOf(a.name) - names.indexOf(b.name);

/** The settings that `validateTopic` checks. A topic has thirty more. */
const checkedSettings: readonly string[] = [
  'cleanup.policy',
  'max.message.bytes',
  'message.timestamp.type',
  'min.insync.replicas',
  'retention.bytes',
  'retention.ms',
  'unclean.leader.election.enable',
];

function pick(settings: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => checkedSettings.includes(name)));
}
