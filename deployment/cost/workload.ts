import { consumerGroups, topics } from '../../lib/kafka/topics/topics.ts';
import {
  databaseGauges,
  flowMetrics,
  groupGauges,
  type Metric,
} from '../../lib/observability/metrics/metrics.ts';
import { orderStatuses } from '../../lib/orders/order.ts';
import { burnRates } from '../../observability/slo/burn-rates.ts';
import { type Indicator, objectives } from '../../observability/slo/objectives.ts';

/** Functions get 1,024 MB, the framework's default. */
export const FUNCTION_GB = 1;

/** Cores of one Aurora capacity unit: an r6g.large has 2, and the memory of 8 units. */
export const CORES_PER_ACU = 0.25;

/** How many days Kafka keeps an order and its status event. */
export const DAYS_IN_KAFKA = topics.orders.retentionMs / 86_400_000;

/** The resources of `infrastructure/`. A test compares both stages with its templates. */
export interface Stage {
  readonly brokers: number;
  readonly brokerGb: number;
  readonly natGateways: number;
  readonly databases: number;
  readonly minimumAcu: number;
  /** CloudWatch bills an alarm per metric. */
  readonly alarmMetrics: number;
}

export const productionStage: Stage = {
  brokers: 3,
  brokerGb: 100,
  natGateways: 3,
  databases: 2,
  minimumAcu: 2,
  alarmMetrics: 20,
};
export const testStage: Stage = {
  brokers: 2,
  brokerGb: 100,
  natGateways: 1,
  databases: 1,
  minimumAcu: 0.5,
  alarmMetrics: 15,
};

/** The volumes of brokers grow above this share, as `infrastructure/` configures. */
export const DISKS_FULL_AT = 0.6;

/** The maximum number of alarms of one stage's application as CloudWatch bills them: one per metric of each alarm. */
export const ALARMS = 135;

/** The alarms that combine others: one for each service level objective. */
export const COMPOSITE_ALARMS = objectives.length;

/** The alarms of the service level objectives in `ALARMS`: each burn rate has an alarm for each of its two windows. */
export const OBJECTIVE_ALARMS = objectives
  .map(({ indicator }) => metricsOf(indicator) * burnRates.length * 2)
  .reduce((sum, metrics) => sum + metrics, 0);

/** An alarm compares a metric of bad events with one of all events, for each combination of labels. */
function metricsOf({ events, bad }: Indicator): number {
  return events.labels.length + ('metric' in bad ? bad.labels : events.labels).length;
}

/**
 * How many values each dimension has in an hour. CloudWatch bills a metric by the hour, and only in hours in which it has
 * values. A test counts the routes of the API; the others (pages, contracts, unknown paths) are rare and count as one.
 */
export const dimensionValues: Readonly<Record<string, number>> = {
  ConsumerGroup: consumerGroups.length,
  Route: 9,
  StatusClass: 2, // 2xx and 4xx; 5xx are an exception
  Status: orderStatuses.length,
  Result: 3,
};

/** Each combination of values of dimensions is a metric. */
const countOf = (table: Readonly<Record<string, Metric>>): number =>
  Object.values(table)
    .flatMap(({ dimensionSets }) => dimensionSets)
    .map((set) => set.reduce((combinations, name) => combinations * (dimensionValues[name] ?? Number.NaN), 1))
    .reduce((sum, combinations) => sum + combinations, 0);

/** The custom metrics of a stage without orders. */
export const GAUGES: number = countOf({ ...databaseGauges, ...groupGauges });

/** The custom metrics of a stage that uses every route every hour. */
export const METRICS: number = GAUGES + countOf(flowMetrics);
