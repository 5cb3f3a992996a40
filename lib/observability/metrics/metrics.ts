import { deadLetterCodes } from '../../orders/command.ts';
import { orderStatuses } from '../../orders/order.ts';

/**
 * The metrics. CloudWatch's names, Prometheus' names, the alarms and the dashboards come from this table or are checked
 * against it. docs/metrics.md describes each metric.
 *
 * A name in PascalCase is the name in CloudWatch's namespace `Orderly`. Prometheus' names follow
 * https://prometheus.io/docs/practices/naming/: base units, and `_total` for counters.
 */

/** The units of CloudWatch. A duration is in milliseconds or seconds, as its unit says. In Prometheus it is in seconds. */
export type Unit = 'Count' | 'Seconds' | 'Milliseconds' | 'Percent' | 'None';

export interface Metric {
  readonly prometheus: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly unit: Unit;
  /** One sentence, for people who read the dashboard. */
  readonly help: string;
  /** The labels in Prometheus. */
  readonly labels: readonly string[];
  /** The values of the labels whose values are known. Their series start at 0, because Prometheus sees no increase to a first value. */
  readonly labelValues?: Readonly<Record<string, readonly string[]>>;
  /** CloudWatch bills each combination of values. `Stage` belongs to every set, so it is not in the list. */
  readonly dimensionSets: readonly (readonly string[])[];
  /** The upper bounds of a histogram's buckets, in Prometheus' unit. */
  readonly buckets?: readonly number[];
}

/** How a call to the receiver ends. */
export const attemptResults = ['fulfilled', 'rejected', 'retryable'] as const;

const perStage = [[]] as const;
const perGroup = [['ConsumerGroup']] as const;

/** From 1 ms to 20 s, which is the longest wait of a request. */
const requestSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];
/** Up to 60 s, the timeout of a function that processes batches. */
const batchSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** From 50 ms, without load, to 6 h, after many retries. */
const completionSeconds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 21_600];

/** Gauges from PostgreSQL: one value per stage, measured once a minute and at each scrape. */
export const databaseGauges = {
  OpenDeadLetters: {
    prometheus: 'orderly_dead_letters_open',
    type: 'gauge',
    unit: 'Count',
    help: 'Dead letters that wait for a decision.',
    labels: [],
    dimensionSets: perStage,
  },
  OutboxRows: {
    prometheus: 'orderly_outbox_rows',
    type: 'gauge',
    unit: 'Count',
    help: 'Rows of the outbox that wait to be published.',
    labels: [],
    dimensionSets: perStage,
  },
  OutboxAge: {
    prometheus: 'orderly_outbox_age_seconds',
    type: 'gauge',
    unit: 'Seconds',
    help: 'Age of the oldest row of the outbox that waits to be published.',
    labels: [],
    dimensionSets: perStage,
  },
  SetAsideOutboxRows: {
    prometheus: 'orderly_outbox_parked_rows',
    type: 'gauge',
    unit: 'Count',
    help: 'Rows of the outbox that Kafka has permanently rejected.',
    labels: [],
    dimensionSets: perStage,
  },
  DueAttempts: {
    prometheus: 'orderly_attempts_due',
    type: 'gauge',
    unit: 'Count',
    help: 'Calls to the receiver that are due.',
    labels: [],
    dimensionSets: perStage,
  },
  DueAttemptsAge: {
    prometheus: 'orderly_attempts_due_age_seconds',
    type: 'gauge',
    unit: 'Seconds',
    help: 'Time since the oldest due call to the receiver fell due.',
    labels: [],
    dimensionSets: perStage,
  },
  ProcessingOrders: {
    prometheus: 'orderly_orders_processing',
    type: 'gauge',
    unit: 'Count',
    help: 'Orders in the state PROCESSING.',
    labels: [],
    dimensionSets: perStage,
  },
  DatabaseConnections: {
    prometheus: 'orderly_database_connections',
    type: 'gauge',
    unit: 'Count',
    help: 'Connections of PostgreSQL in use.',
    labels: [],
    dimensionSets: perStage,
  },
  DatabaseConnectionsUsed: {
    prometheus: 'orderly_database_connections_used_ratio',
    type: 'gauge',
    unit: 'Percent',
    help: 'Share of the maximum number of connections of PostgreSQL that is in use.',
    labels: [],
    dimensionSets: perStage,
  },
} as const satisfies Readonly<Record<string, Metric>>;

/** Gauges from Kafka: one value per consumer group, measured once a minute and at each scrape. */
export const groupGauges = {
  ConsumerLag: {
    prometheus: 'orderly_consumer_lag_records',
    type: 'gauge',
    unit: 'Count',
    help: 'Records that a consumer group has not processed.',
    labels: ['consumer_group'],
    dimensionSets: perGroup,
  },
  ConsumerLagAge: {
    prometheus: 'orderly_consumer_lag_age_seconds',
    type: 'gauge',
    unit: 'Seconds',
    help: 'Age of the oldest record that a consumer group has not processed.',
    labels: ['consumer_group'],
    dimensionSets: perGroup,
  },
  OldestWaitingOffset: {
    prometheus: 'orderly_consumer_oldest_waiting_offset',
    type: 'gauge',
    unit: 'None',
    help: 'Offset of the oldest record that a consumer group has not processed.',
    labels: ['consumer_group'],
    dimensionSets: perGroup,
  },
  CommittedOffsets: {
    prometheus: 'orderly_consumer_committed_offsets',
    type: 'gauge',
    unit: 'Count',
    help: 'Sum of the committed offsets of a consumer group over all partitions.',
    labels: ['consumer_group'],
    dimensionSets: perGroup,
  },
  EndOffsets: {
    prometheus: 'orderly_consumer_end_offsets',
    type: 'gauge',
    unit: 'Count',
    help: 'Sum of the end offsets of the topic of a consumer group over all partitions.',
    labels: ['consumer_group'],
    dimensionSets: perGroup,
  },
} as const satisfies Readonly<Record<string, Metric>>;

/** Counts and durations of the work of the functions. Each function measures its own work. */
export const flowMetrics = {
  RequestDuration: {
    prometheus: 'orderly_http_request_duration_seconds',
    type: 'histogram',
    unit: 'Milliseconds',
    help: 'Time from the arrival of a request at its function to the answer.',
    labels: ['route', 'status_class'],
    labelValues: { status_class: ['2xx', '4xx', '5xx'] },
    dimensionSets: [['Route'], ['Route', 'StatusClass']],
    buckets: requestSeconds,
  },
  AcceptedOrders: {
    prometheus: 'orderly_orders_accepted_total',
    type: 'counter',
    unit: 'Count',
    help: 'Orders that Kafka has acknowledged.',
    labels: [],
    dimensionSets: perStage,
  },
  RateLimitedRequests: {
    prometheus: 'orderly_rate_limited_requests_total',
    type: 'counter',
    unit: 'Count',
    help: 'Requests that were rejected because their principal had used its limit.',
    labels: [],
    dimensionSets: perStage,
  },
  UncheckedRequests: {
    prometheus: 'orderly_rate_limit_unchecked_requests_total',
    type: 'counter',
    unit: 'Count',
    help: 'Requests that were accepted without a check of the limit, because PostgreSQL did not answer in time.',
    labels: [],
    dimensionSets: perStage,
  },
  BatchDuration: {
    prometheus: 'orderly_batch_duration_seconds',
    type: 'histogram',
    unit: 'Milliseconds',
    help: 'Time to process a batch of records, including the publication of its status events.',
    labels: ['consumer_group', 'result'],
    labelValues: { result: ['processed', 'failed'] },
    dimensionSets: perGroup,
    buckets: batchSeconds,
  },
  BatchRecords: {
    prometheus: 'orderly_batch_records_total',
    type: 'counter',
    unit: 'Count',
    help: 'Records in batches that were processed.',
    labels: ['consumer_group'],
    dimensionSets: perGroup,
  },
  ChangedOrders: {
    prometheus: 'orderly_orders_changed_total',
    type: 'counter',
    unit: 'Count',
    help: 'Changes of orders, by the new state.',
    labels: ['status'],
    labelValues: { status: orderStatuses },
    dimensionSets: [['Status']],
  },
  CompletionTime: {
    prometheus: 'orderly_order_completion_seconds',
    type: 'histogram',
    unit: 'Seconds',
    help: 'Time from the acceptance of an order to the state COMPLETED.',
    labels: [],
    dimensionSets: perStage,
    buckets: completionSeconds,
  },
  OpenedDeadLetters: {
    prometheus: 'orderly_dead_letters_opened_total',
    type: 'counter',
    unit: 'Count',
    help: 'Records that became dead letters, by error code.',
    labels: ['code'],
    labelValues: { code: deadLetterCodes },
    dimensionSets: perStage,
  },
  AttemptDuration: {
    prometheus: 'orderly_attempt_duration_seconds',
    type: 'histogram',
    unit: 'Milliseconds',
    help: 'Duration of a call to the receiver, by result.',
    labels: ['result'],
    labelValues: { result: attemptResults },
    dimensionSets: [['Result']],
    buckets: requestSeconds,
  },
  RelayedOutboxRows: {
    prometheus: 'orderly_outbox_relayed_rows_total',
    type: 'counter',
    unit: 'Count',
    help: 'Rows of the outbox that the relay published, because they were not published after their commit.',
    labels: [],
    dimensionSets: perStage,
  },
} as const satisfies Readonly<Record<string, Metric>>;

/** Metrics of the scrape itself. They exist only in Prometheus. */
export const scrapeMetrics = {
  ScrapeSuccess: {
    prometheus: 'orderly_scrape_success',
    type: 'gauge',
    unit: 'None',
    help: '1 if the source of gauges answered within its deadline, otherwise 0.',
    labels: ['source'],
    dimensionSets: [],
  },
  ScrapeDuration: {
    prometheus: 'orderly_scrape_duration_seconds',
    type: 'gauge',
    unit: 'Seconds',
    help: 'Time to read a source of gauges.',
    labels: ['source'],
    dimensionSets: [],
  },
  BuildInfo: {
    prometheus: 'orderly_build_info',
    type: 'gauge',
    unit: 'None',
    help: 'Always 1; the label is the version of Orderly.',
    labels: ['version'],
    dimensionSets: [],
  },
} as const satisfies Readonly<Record<string, Metric>>;

export const metrics = { ...databaseGauges, ...groupGauges, ...flowMetrics, ...scrapeMetrics };

export type DatabaseGauge = keyof typeof databaseGauges;
export type GroupGauge = keyof typeof groupGauges;
export type MetricName = keyof typeof metrics;
