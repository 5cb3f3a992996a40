import type { OrderStatus } from '../../orders/order.ts';
import type {
  DeliveredRecords,
  FactEvent,
  FactName,
  Facts,
  OperationEvent,
  OperationName,
  PerFact,
  PerOperation,
} from '../flow-events.ts';
import type { MetricName } from './metrics.ts';

/** Values of one metric with the same labels, in the metric's `unit`. */
export interface Measurement {
  readonly name: MetricName;
  /** Names as in Prometheus: snake_case. */
  readonly labels: Readonly<Record<string, string>>;
  /** One value of a gauge, the increases of a counter, or the observations of a histogram. */
  readonly values: readonly number[];
}

const none: readonly Measurement[] = [];

/** The measurements of each operation. An operation without an entry has none. */
const operations: PerOperation<readonly Measurement[]> = {
  'request.answered': ({ start, durationMs, outcome }) => [
    measurement('RequestDuration', [durationMs], {
      route: start.route,
      status_class: `${Math.trunc((outcome.ok ? outcome.end.status : 500) / 100)}xx`,
    }),
  ],
  'commands.produced': ({ start, outcome }) =>
    start.type === 'order.created' && outcome.ok && outcome.end.acknowledged > 0
      ? [measurement('AcceptedOrders', [outcome.end.acknowledged])]
      : none,
  'batch.processed': ({ start, durationMs, outcome }) => batchMeasurements(start, durationMs, outcome.ok),
  'calls.made': ({ start: { delivered }, durationMs, outcome }) =>
    delivered === undefined ? none : batchMeasurements(delivered, durationMs, outcome.ok),
  'attempt.called': ({ durationMs, outcome }) => [
    measurement('AttemptDuration', [durationMs], { result: outcome.ok ? outcome.end.kind : 'retryable' }),
  ],
  'outbox.relayed': ({ outcome }) =>
    outcome.ok && outcome.end !== undefined && outcome.end.published > 0
      ? [measurement('RelayedOutboxRows', [outcome.end.published])]
      : none,
};

/** The measurements of each fact. A fact without an entry has none. */
const facts: PerFact<readonly Measurement[]> = {
  'permits.exhausted': () => [measurement('RateLimitedRequests', [1])],
  'orders.changed': ({ fact }) => changeMeasurements(fact),
  'dead_letter.opened': ({ fact: { code } }) => [measurement('OpenedDeadLetters', [1], { code })],
  'permits.unchecked': ({ fact }) => [measurement('UncheckedRequests', [fact.requests])],
  'gauges.collected': ({ fact: { gauges } }) => [
    ...gaugeMeasurements(gauges.database),
    ...Object.entries(gauges.groups).flatMap(([group, values]) =>
      gaugeMeasurements(values, { consumer_group: group }),
    ),
  ],
};

/** Returns the values that an operation adds to the metrics. */
export const operationMeasurements = <Name extends OperationName>(
  event: OperationEvent<Name>,
): readonly Measurement[] => operations[event.name]?.(event) ?? none;

/** Returns the values that a fact adds to the metrics. */
export const factMeasurements = <Name extends FactName>(event: FactEvent<Name>): readonly Measurement[] =>
  facts[event.name]?.(event) ?? none;

const measurement = (
  name: MetricName,
  values: readonly number[],
  labels: Measurement['labels'] = {},
): Measurement => ({ name, labels, values });

/** A failed batch is delivered again, so its records are not counted. */
function batchMeasurements(
  { consumerGroup, records }: DeliveredRecords,
  durationMs: number,
  isProcessed: boolean,
): Measurement[] {
  const labels = { consumer_group: consumerGroup };
  const result = isProcessed ? 'processed' : 'failed';
  return [
    measurement('BatchDuration', [durationMs], { ...labels, result }),
    ...(isProcessed ? [measurement('BatchRecords', [records.length], labels)] : []),
  ];
}

function changeMeasurements({ changes, committedAt }: Facts['orders.changed']): Measurement[] {
  const counts = new Map<OrderStatus, number>();
  const completionSeconds: number[] = [];
  for (const { status, acceptedAt } of changes) {
    counts.set(status, (counts.get(status) ?? 0) + 1);
    if (status === 'COMPLETED' && acceptedAt !== undefined) {
      completionSeconds.push(Math.max(0, committedAt - acceptedAt) / 1_000); // the broker's clock can be ahead
    }
  }
  return [
    ...[...counts].map(([status, count]) => measurement('ChangedOrders', [count], { status })),
    ...(completionSeconds.length > 0 ? [measurement('CompletionTime', completionSeconds)] : []),
  ];
}

function gaugeMeasurements(
  values: Readonly<Partial<Record<MetricName, number>>>,
  labels: Measurement['labels'] = {},
): Measurement[] {
  return metricNames(values).flatMap((name) => {
    const value = values[name];
    return value === undefined ? [] : [measurement(name, [value], labels)];
  });
}

const metricNames = Object.keys as <Name extends string>(
  values: Readonly<Partial<Record<Name, unknown>>>,
) => Name[];
