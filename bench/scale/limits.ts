import {
  CORES_PER_ACU,
  DAYS_IN_KAFKA,
  DISKS_FULL_AT,
  productionStage,
} from '../../deployment/cost/workload.ts';
import { functions, type Grant } from '../../deployment/stack/functions.ts';
import { limits as throttle } from '../../deployment/stack/throttling.ts';
import { awsPipeline, type StageCapacity } from './aws-pipeline.ts';
import { inputs } from './inputs.ts';
import { committedPerSecond, simulate } from './pipeline.ts';

/** A limit of a stage with the defaults of both service files. */
export interface Limit {
  readonly is: string;
  /** The number and its unit. */
  readonly number: string;
  /** The orders per second that it allows, sent one by one. */
  readonly ordersPerSecond: number;
  /** Markdown: an AWS page, or the file with the setting. */
  readonly source: string;
  readonly nextStep: string;
}

const aws = (text: string, path: string): string => `[${text}](https://docs.aws.amazon.com/${path})`;
const file = (path: string): string => `[${path}](../${path})`;
const count = (number: number): string => Math.round(number).toLocaleString('en');

const SECONDS_PER_DAY = 86_400;

/** Tests compare these figures with the service files and with the topics. */
export const defaultStage: StageCapacity = {
  batchSize: 1_000,
  windowMs: 500,
  partitions: 6,
  concurrency: functions.processOrders.reserved,
  maximumAcu: 16,
};
/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ServerlessV2FeaturesSupport.html */
const LARGEST_ACU = 256;

const LAMBDA_QUOTA = 1_000;
/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html */
const KEPT_UNRESERVED = 100;
const API_REQUESTS_PER_SECOND = 10_000;
const IAM_CONNECTIONS_PER_BROKER = 3_000;
const NEW_IAM_CONNECTIONS_PER_SECOND = 100;
const POLLER_BYTES_PER_SECOND = 5e6;
const BROKER_VOLUME_BYTES_PER_SECOND = 250 * 1_024 ** 2;
/** Storage grows up to this multiple of its first size, as `infrastructure/` configures. */
const VOLUME_GROWTH = 10;
/** With at least one, and at most 16 or 32 capacity units. */
const DATABASE_CONNECTIONS = 3_360;
const DATABASE_CONNECTIONS_OF_32 = 5_000;
/** `MaxConnectionsPercent` in `infrastructure/resources/database.ts`. */
const PROXY_SHARE = 0.8;

/** The runs and rounds of `lib/outbox/relay-outbox.ts`. */
const RELAY = { secondsPerMinute: 38, rowsPerRound: 20 };

/** Returns the reserved executions of the functions with one of these grants; without any, of all functions. */
function sumReserved(...grants: Grant['to'][]): number {
  return Object.values(functions)
    .filter((settings) => grants.length === 0 || settings.grants.some(({ to }) => grants.includes(to)))
    .reduce((sum, { reserved }) => sum + reserved, 0);
}

/** The rate at which throttling rejects requests, if a function reserves this many executions. */
const throttledAt = (reserved: number): number =>
  throttle(reserved, functions.createOrder.requestMs ?? Number.NaN).ThrottlingRateLimit;

/** Returns the rate at which a stage stores a backlog: the most that its partitions allow. */
export function storedPerSecond(stage: StageCapacity): number {
  const orders = Array.from({ length: 50 * stage.batchSize }, () => 0);
  return committedPerSecond(
    simulate(
      awsPipeline(stage),
      Array.from({ length: stage.partitions }, () => orders),
    ),
  );
}

/** Returns the limits of a stage with the default settings, the lowest first. */
export function limits(): Limit[] {
  const { createOrder, processOrders } = functions;
  const reserved = sumReserved();
  const databaseCores = defaultStage.maximumAcu * CORES_PER_ACU;
  const databaseMs =
    inputs.databaseMsPerBatch.value / inputs.singleBatch.value + inputs.databaseMsPerOrder.value;
  const largestVolume = VOLUME_GROWTH * productionStage.brokerGb;
  const all: Limit[] = [
    {
      is: 'throttling of `POST /api/orders`',
      number: `${count(throttledAt(createOrder.reserved))} requests/s`,
      ordersPerSecond: throttledAt(createOrder.reserved),
      source: file('deployment/stack/throttling.ts'),
      nextStep: 'raise `reserved` of `createOrder`; clients send in bulk',
    },
    {
      is: 'concurrent executions of Lambda in the account',
      number: `${count(LAMBDA_QUOTA)}, of which the functions reserve ${count(reserved)}`,
      ordersPerSecond: throttledAt(LAMBDA_QUOTA - KEPT_UNRESERVED - (reserved - createOrder.reserved)),
      source: aws('Lambda', 'lambda/latest/dg/configuration-concurrency.html'),
      nextStep: 'raise the quota "Concurrent executions"',
    },
    {
      is: 'the relay of the outbox, only for rows that were not published after their commit',
      number: `${RELAY.rowsPerRound} rows a round, for ${RELAY.secondsPerMinute} s of each minute`,
      ordersPerSecond:
        ((RELAY.secondsPerMinute / 60) * RELAY.rowsPerRound * inputs.singleBatch.value * 1_000) /
        inputs.relayRoundMs.value,
      source: file('lib/outbox/relay-outbox.ts'),
      nextStep: 'none: unpublished rows wait, and orders are not delayed',
    },
    {
      is: 'requests of API Gateway in the account',
      number: `${count(API_REQUESTS_PER_SECOND)} requests/s`,
      ordersPerSecond: API_REQUESTS_PER_SECOND,
      source: aws('API Gateway', 'apigateway/latest/developerguide/limits.html'),
      nextStep: 'raise the throttle quota; clients send in bulk',
    },
    {
      is: 'new IAM connections of a broker',
      number: `${NEW_IAM_CONNECTIONS_PER_SECOND}/s`,
      ordersPerSecond: NEW_IAM_CONNECTIONS_PER_SECOND / inputs.coldShare.value,
      source: aws('MSK', 'msk/latest/developerguide/limits.html'),
      nextStep: 'fewer cold starts: clients send in bulk, or provisioned concurrency',
    },
    {
      is: 'partitions: one batch of each in flight',
      number: `${defaultStage.partitions} partitions, ${processOrders.reserved} executions`,
      ordersPerSecond: storedPerSecond(defaultStage),
      source: 'the simulation',
      nextStep: 'a new topic with more partitions, and `reserved` of `processOrders`',
    },
    {
      is: 'throughput of the pollers',
      number: `${defaultStage.partitions} × 5 MB/s`,
      ordersPerSecond: (defaultStage.partitions * POLLER_BYTES_PER_SECOND) / inputs.payloadBytes.value,
      source: aws('Lambda', 'lambda/latest/dg/kafka-scaling-modes.html'),
      nextStep: 'a topic with more partitions (a poller for each)',
    },
    {
      is: "CPU of the database's writer",
      number: `${defaultStage.maximumAcu} capacity units, ${databaseCores} cores`,
      ordersPerSecond: (databaseCores / databaseMs) * 1_000,
      source: `the simulation; ${aws('Aurora', 'AmazonRDS/latest/APIReference/API_ServerlessV2FeaturesSupport.html')}`,
      nextStep: `\`databaseMaximumCapacity\`, at most ${LARGEST_ACU}; then a second writer`,
    },
    {
      is: 'disks of Kafka, with seven days of records',
      number: `${count(largestVolume)} GB a broker, ${DISKS_FULL_AT * 100} % full`,
      ordersPerSecond:
        ((largestVolume * 1e9 * DISKS_FULL_AT) /
          (DAYS_IN_KAFKA * SECONDS_PER_DAY * inputs.recordBytes.value)) *
        inputs.peakFactor.value,
      source: file('infrastructure/resources/kafka-provisioned.ts'),
      nextStep: '`kafkaStorageGb`, at most 16,384; more brokers',
    },
    {
      is: 'writes of a broker to its volume',
      number: '250 MiB/s',
      ordersPerSecond: BROKER_VOLUME_BYTES_PER_SECOND / inputs.recordBytes.value,
      source: aws('MSK', 'msk/latest/developerguide/msk-provision-throughput-management.html'),
      nextStep: '`kafkaInstanceType`; more brokers',
    },
  ];
  return all.toSorted((a, b) => a.ordersPerSecond - b.ordersPerSecond);
}

/** A resource that executions hold, at any rate of orders. */
export interface Ceiling {
  readonly is: string;
  readonly atMost: number;
  readonly limit: number;
  readonly source: string;
  readonly nextStep: string;
}

/** Returns the resources that the reserved executions hold, all at once. */
export const ceilings = (): Ceiling[] => [
  {
    is: 'executions that the functions reserve',
    atMost: sumReserved(),
    limit: LAMBDA_QUOTA - KEPT_UNRESERVED,
    source: aws('Lambda', 'lambda/latest/dg/configuration-concurrency.html'),
    nextStep: 'raise the quota "Concurrent executions"',
  },
  {
    is: 'IAM connections of each broker, one for each execution',
    atMost: sumReserved('produce', 'consume', 'describe', 'inspect'),
    limit: IAM_CONNECTIONS_PER_BROKER,
    source: aws('MSK', 'msk/latest/developerguide/limits.html'),
    nextStep: 'raise `listener.name.client_iam.max.connections`',
  },
  {
    is: 'connections of RDS Proxy to the database, one for each execution',
    atMost: sumReserved('log in to the database'),
    limit: DATABASE_CONNECTIONS * PROXY_SHARE,
    source:
      '[AWS re:Post](https://repost.aws/articles/ARm5e6RHE3R4mnHS2S-UZUwA/working-of-max-connections-for-amazon-aurora-postgresql-serverless), [infrastructure/resources/database.ts](../infrastructure/resources/database.ts)',
    nextStep: `\`databaseMaximumCapacity=32\`: ${count(DATABASE_CONNECTIONS_OF_32 * PROXY_SHARE)} (${PROXY_SHARE * 100} % of ${count(DATABASE_CONNECTIONS_OF_32)})`,
  },
];
