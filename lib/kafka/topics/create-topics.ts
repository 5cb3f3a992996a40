import { setTimeout as sleep } from 'node:timers/promises';
import { OrderlyError } from '../../errors/orderly-error.ts';
import { createKafkaClient } from '../client.ts';
import { kafkajs } from '../kafkajs/mended-kafkajs.ts';
import type { KafkaSecurity } from '../security.ts';
import type { TopicDescription } from './topic-description.ts';
import { type TopicSettings, topicConfig } from './topics.ts';
import { MIN_IN_SYNC, REPLICATION, validateTopic } from './validate-topic.ts';

const REQUEST_TIMEOUT_MS = 15_000;
const KNOWN_WITHIN_MS = 15_000;
const POLL_MS = 200;
/** `kafkajs.ConfigResourceTypes.TOPIC` */
const TOPIC = 2;

export interface CreateTopicsOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Default: plaintext. */
  readonly security?: KafkaSecurity | undefined;
  /** By the name in the cluster, with the stage's prefix. */
  readonly wanted: Readonly<Record<string, TopicSettings>>;
  /** Fewer copies will do, and are only warned of. */
  readonly isTest: boolean;
}

export interface TopicReport {
  readonly created: readonly string[];
  readonly topics: readonly TopicDescription[];
  readonly warnings: readonly string[];
}

/**
 * Creates the topics that are missing, those of a test stage with the brokers' default replication, and judges all of them
 * as Kafka has them then. One that is there is never changed. Safe when two do it at once.
 * @throws OrderlyError `invalid_configuration` that lists every fault by which records could be lost or come out of
 * order, or says that the cluster has too few brokers; kafkajs' own error when Kafka is away or refuses.
 */
export async function createTopics(options: CreateTopicsOptions): Promise<TopicReport> {
  const { wanted, isTest, ...connection } = options;
  const client = createKafkaClient({ ...connection, requestTimeoutMs: REQUEST_TIMEOUT_MS });
  try {
    const admin = client.kafka.admin();
    await admin.connect();
    const created = await createMissing(admin, wanted, isTest);
    const topics = await onceKnown(() => readFacts(admin, Object.keys(wanted)));
    const judgements = topics.map((facts) => {
      const settings = wanted[facts.topic];
      return settings === undefined
        ? { faults: [], warnings: [] }
        : validateTopic(facts, settings, { isTest });
    });
    const faults = judgements.flatMap((judgement) => judgement.faults);
    if (faults.length > 0) {
      const made = created.length > 0 ? [`Just created, and empty: ${created.join(', ')}.`] : [];
      throw new OrderlyError('invalid_configuration', [...faults, ...made].join('\n'));
    }
    return { created, topics, warnings: judgements.flatMap(({ warnings }) => warnings) };
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
  const create = (more: TopicParts): Promise<boolean> =>
    admin.createTopics({
      waitForLeaders: false,
      topics: missing.map(([topic, settings]) => topicConfiguration(topic, settings, more)),
    });
  if (missing.length > 0) {
    await (isTest ? create({}) : createDurable(create));
  }
  return missing.map(([topic]) => topic);
}

type TopicParts = Partial<Pick<kafkajs.ITopicConfig, 'replicationFactor' | 'configEntries'>>;

/**
 * Asks for the copies that a topic is judged by. Where MSK itself sees to how many of them acknowledge, a topic may not say
 * it (Serverless, see below, and Express: https://docs.aws.amazon.com/msk/latest/developerguide/msk-configuration-express-read-only.html):
 * then it is created without, and judged as it is.
 */
async function createDurable(create: (more: TopicParts) => Promise<boolean>): Promise<void> {
  const replicationFactor = REPLICATION;
  await create({ replicationFactor, configEntries: durableSettings })
    .catch((error: unknown) => {
      if (!refusals(error).some((type) => settingsRefusals.has(type))) {
        throw error;
      }
      return create({ replicationFactor });
    })
    .catch((error: unknown) => {
      throw refusals(error).includes('INVALID_REPLICATION_FACTOR') ? tooFewBrokers(error) : error;
    });
}

const tooFewBrokers = (cause: unknown): OrderlyError =>
  new OrderlyError(
    'invalid_configuration',
    `The cluster has fewer than ${REPLICATION} brokers now, and cannot keep ${REPLICATION} replicas of a topic: with a broker's disk acknowledged orders would be lost. No topic was created. Take a larger cluster; a test stage may do with fewer.`,
    { cause },
  );

const durableSettings: kafkajs.IResourceConfigEntry[] = [
  { name: 'min.insync.replicas', value: `${MIN_IN_SYNC}` },
  { name: 'unclean.leader.election.enable', value: 'false' },
];

/** By what Kafka refuses settings (https://kafka.apache.org/protocol#protocol_error_codes); AWS does not say by which. */
const settingsRefusals: ReadonlySet<string> = new Set([
  'INVALID_CONFIG',
  'INVALID_REQUEST',
  'POLICY_VIOLATION',
]);

/** The types of Kafka's answers, one for each topic that was not created. */
const refusals = (error: unknown): string[] =>
  error instanceof kafkajs.KafkaJSAggregateError
    ? error.errors.flatMap((one) => (Error.isError(one) && 'type' in one ? [String(one.type)] : []))
    : [];

function topicConfiguration(
  topic: string,
  settings: TopicSettings,
  { configEntries = [], ...more }: TopicParts,
): kafkajs.ITopicConfig {
  const config = Object.entries(topicConfig(settings)).map(([name, value]) => ({ name, value }));
  return { topic, numPartitions: settings.partitions, ...more, configEntries: [...config, ...configEntries] };
}

/** Of a topic that was just created a broker may hear a moment later: https://kafka.apache.org/protocol#protocol_error_codes */
async function onceKnown<Result>(read: () => Promise<Result>): Promise<Result> {
  const deadline = performance.now() + KNOWN_WITHIN_MS;
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

async function readFacts(admin: kafkajs.Admin, names: readonly string[]): Promise<TopicDescription[]> {
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
  return topics.sort(byPlaceIn(names)).map(({ name, partitions }) => ({
    topic: name,
    partitions: partitions.length,
    replication: Math.min(...partitions.map(({ replicas }) => replicas.length)),
    settings: pick(settings.get(name) ?? {}),
  }));
}

const byPlaceIn =
  (names: readonly string[]) =>
  (a: { name: string }, b: { name: string }): number =>
    names.indexOf(a.name) - names.indexOf(b.name);

/** The settings that are judged; a topic has thirty more. */
const judged: readonly string[] = [
  'cleanup.policy',
  'max.message.bytes',
  'message.timestamp.type',
  'min.insync.replicas',
  'retention.bytes',
  'retention.ms',
  'unclean.leader.election.enable',
];

function pick(settings: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => judged.includes(name)));
}
