import { orderProcessing } from '../../../lib/kafka/topics/topics.ts';
import {
  attemptResults,
  type DatabaseGauge,
  type GroupGauge,
  metrics,
} from '../../../lib/observability/metrics/metrics.ts';
import { orderStatuses } from '../../../lib/orders/order.ts';
import {
  type CloudWatchMetric,
  cloudWatchMetric,
  type PublishedMetric,
  stageMetric,
} from '../cloudwatch-metrics.ts';
import { capitalized } from '../framework.ts';

/** A graph. Each line is a metric: namespace, name, names and values of dimensions, and options; or an expression. */
export interface Widget {
  readonly title: string;
  readonly stat?: string;
  readonly metrics: readonly (readonly unknown[])[];
}

/** The parts of a stage that the dashboard depends on. */
export interface Shown {
  readonly stage: string;
  readonly functions: readonly string[];
  /** The routes of the API, without the one for unknown paths. */
  readonly routes: readonly string[];
  readonly groups: readonly string[];
  readonly hasReceiver: boolean;
  readonly hasRateLimit: boolean;
}

type Options = Readonly<Record<string, unknown>>;

const percentiles = ['p50', 'p95', 'p99'];

/** The route of requests that match none. */
const OTHER_ROUTES = 'other';

export const widgets = (shown: Shown): Widget[] => [
  ...flowWidgets(shown),
  ...requestWidgets(shown),
  ...waitingWidgets(shown),
  ...failureWidgets(shown),
];

const line = ({ Namespace, MetricName, Dimensions }: CloudWatchMetric, options: Options): unknown[] => [
  Namespace,
  MetricName,
  ...Dimensions.flatMap(({ Name, Value }) => [Name, Value]),
  options,
];

const percentileLines = (metric: CloudWatchMetric): unknown[][] =>
  percentiles.map((stat) => line(metric, { label: stat, stat }));

/** Adds the unit of a metric to a title. */
const inUnit = (title: string, name: PublishedMetric): string =>
  `${title}, ${metrics[name].unit.toLowerCase()}`;

/** Widgets that show whether orders arrive and are processed. */
function flowWidgets({ stage, groups, hasReceiver }: Shown): Widget[] {
  const byGroup = (name: GroupGauge | 'BatchRecords'): unknown[][] =>
    groups.map((ConsumerGroup) =>
      line(stageMetric(stage, name, { ConsumerGroup }), { label: ConsumerGroup }),
    );
  const offsets = (name: GroupGauge, id: string): unknown[] =>
    line(stageMetric(stage, name, { ConsumerGroup: orderProcessing.group }), { id, visible: false });
  const perMinute = (id: string, label: string): unknown[] => [
    { expression: `DIFF(${id})`, label, id: `${id}_per_minute` },
  ];
  const changed = (Status: string): unknown[] =>
    line(stageMetric(stage, 'ChangedOrders', { Status }), { label: Status });
  return [
    {
      title: 'Commands a minute',
      stat: 'Maximum',
      metrics: [
        offsets('EndOffsets', 'accepted'),
        perMinute('accepted', 'accepted'),
        offsets('CommittedOffsets', 'processed'),
        perMinute('processed', 'processed'),
      ],
    },
    {
      title: 'Orders a minute',
      stat: 'Sum',
      metrics: [
        line(stageMetric(stage, 'AcceptedOrders', {}), { label: 'accepted' }),
        ...orderStatuses.map(changed),
      ],
    },
    {
      title: inUnit('Time from acceptance to COMPLETED', 'CompletionTime'),
      metrics: percentileLines(stageMetric(stage, 'CompletionTime', {})),
    },
    {
      title: inUnit('Age of the oldest unprocessed record', 'ConsumerLagAge'),
      stat: 'Maximum',
      metrics: byGroup('ConsumerLagAge'),
    },
    { title: 'Unprocessed records', stat: 'Maximum', metrics: byGroup('ConsumerLag') },
    {
      title: 'Offset of the oldest unprocessed record',
      stat: 'Maximum',
      metrics: byGroup('OldestWaitingOffset'),
    },
    {
      title: inUnit('Duration of a batch of orders', 'BatchDuration'),
      metrics: percentileLines(stageMetric(stage, 'BatchDuration', { ConsumerGroup: orderProcessing.group })),
    },
    { title: 'Processed records a minute', stat: 'Sum', metrics: byGroup('BatchRecords') },
    ...(hasReceiver
      ? [
          {
            title: 'Calls to the receiver a minute, by result',
            stat: 'SampleCount',
            metrics: attemptResults.map((Result) =>
              line(stageMetric(stage, 'AttemptDuration', { Result }), { label: Result }),
            ),
          },
        ]
      : []),
  ];
}

/** How the API answers. */
function requestWidgets({ stage, routes, hasRateLimit }: Shown): Widget[] {
  const all = [...routes, OTHER_ROUTES];
  const ofApi = (name: string, label: string): unknown[] =>
    line(cloudWatchMetric('AWS/ApiGateway', name, { ApiId: '${HttpApi}' }), { label });
  const latency = (Route: string): Widget => ({
    title: inUnit(`Duration of ${Route}`, 'RequestDuration'),
    metrics: percentileLines(stageMetric(stage, 'RequestDuration', { Route })),
  });
  return [
    {
      title: 'Requests a minute, by route',
      stat: 'SampleCount',
      metrics: all.map((Route) => line(stageMetric(stage, 'RequestDuration', { Route }), { label: Route })),
    },
    {
      title: 'Answers with 5xx a minute, by route',
      stat: 'SampleCount',
      metrics: all.map((Route) =>
        line(stageMetric(stage, 'RequestDuration', { Route, StatusClass: '5xx' }), { label: Route }),
      ),
    },
    {
      title: 'Requests a minute at API Gateway',
      stat: 'Sum',
      metrics: [ofApi('Count', 'all'), ofApi('4xx', '4xx'), ofApi('5xx', '5xx')],
    },
    latency('POST /api/orders'),
    latency('POST /api/orders/bulk'),
    ...(hasRateLimit
      ? [
          {
            title: 'Limit per principal, requests a minute',
            stat: 'Sum',
            metrics: [
              line(stageMetric(stage, 'RateLimitedRequests', {}), { label: 'rejected' }),
              line(stageMetric(stage, 'UncheckedRequests', {}), { label: 'unchecked' }),
            ],
          },
        ]
      : []),
  ];
}

/** Widgets of work that waits. */
function waitingWidgets({ stage }: Shown): Widget[] {
  const gauge = (name: DatabaseGauge, label: string): unknown[] =>
    line(stageMetric(stage, name, {}), { label });
  return [
    {
      title: 'Waiting rows, calls and orders',
      stat: 'Maximum',
      metrics: [
        gauge('OutboxRows', 'outbox, rows'),
        gauge('DueAttempts', 'due calls'),
        gauge('ProcessingOrders', 'orders in PROCESSING'),
      ],
    },
    {
      title: inUnit('Age of the oldest waiting row and call', 'OutboxAge'),
      stat: 'Maximum',
      metrics: [gauge('OutboxAge', 'outbox'), gauge('DueAttemptsAge', 'due calls')],
    },
    {
      title: 'Outbox rows that the relay published, a minute',
      stat: 'Sum',
      metrics: [line(stageMetric(stage, 'RelayedOutboxRows', {}), { label: 'relayed rows' })],
    },
  ];
}

/** Widgets of failures and of resources that are nearly used up. */
function failureWidgets({ stage, functions }: Shown): Widget[] {
  const gauge = (name: DatabaseGauge, label: string, options: Options = {}): unknown[] =>
    line(stageMetric(stage, name, {}), { label, ...options });
  const byFunction = (name: string): unknown[][] =>
    functions.map((fn) =>
      line(cloudWatchMetric('AWS/Lambda', name, { FunctionName: `\${${capitalized(fn)}LambdaFunction}` }), {
        label: fn,
      }),
    );
  return [
    {
      title: 'Open dead letters and parked outbox rows',
      stat: 'Maximum',
      metrics: [
        gauge('OpenDeadLetters', 'open dead letters'),
        gauge('SetAsideOutboxRows', 'parked outbox rows'),
      ],
    },
    {
      title: 'Dead letters opened a minute',
      stat: 'Sum',
      metrics: [line(stageMetric(stage, 'OpenedDeadLetters', {}), { label: 'opened' })],
    },
    { title: 'Errors of functions a minute', stat: 'Sum', metrics: byFunction('Errors') },
    { title: 'Throttled invocations a minute', stat: 'Sum', metrics: byFunction('Throttles') },
    {
      title: 'Connections of PostgreSQL',
      stat: 'Maximum',
      metrics: [
        gauge('DatabaseConnections', 'in use'),
        gauge('DatabaseConnectionsUsed', '% of the maximum', { yAxis: 'right' }),
      ],
    },
  ];
}
