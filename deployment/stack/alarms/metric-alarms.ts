import type { CloudWatchMetric } from '../cloudwatch-metrics.ts';

export const MINUTE = 60;
export const HOUR = 60 * MINUTE;

export type Properties = Readonly<Record<string, unknown>>;

/** Properties of alarms by name. */
export type Alarms = Readonly<Record<string, Properties>>;

/** The input of an alarm: a statistic of a metric for each period. Periods are in seconds. */
export interface Measured extends CloudWatchMetric {
  readonly Statistic: string;
  readonly Period: number;
}

export const measured = (metric: CloudWatchMetric, Statistic: string, Period = MINUTE): Measured => ({
  ...metric,
  Statistic,
  Period,
});

/** How many periods must exceed the threshold, and out of how many. */
interface Periods {
  readonly of: number;
  readonly outOf: number;
}

export const lasting: Periods = { of: 5, outOf: 5 };
export const repeated: Periods = { of: 3, outOf: 5 };

/** Alarms when a metric exceeds a threshold. Missing data means normal: AWS sends none without calls. */
export const above = (threshold: number, metric: Measured, { of, outOf }: Periods): Properties => ({
  ...metric,
  Threshold: threshold,
  ComparisonOperator: 'GreaterThanThreshold',
  EvaluationPeriods: outOf,
  DatapointsToAlarm: of,
  TreatMissingData: 'notBreaching',
});

/** Raises an alarm with the first occurrence. The state needs an action of a person, so missing data keeps the alarm. */
export const anyOf = (metric: Measured): Properties => ({
  ...above(0, metric, { of: 1, outOf: 1 }),
  TreatMissingData: 'ignore',
});

/** Alarms when a metric that is published every minute is missing: its publisher or its source has failed. */
export const missing = (metric: CloudWatchMetric): Properties => ({
  ...measured(metric, 'SampleCount'),
  Threshold: 1,
  ComparisonOperator: 'LessThanThreshold',
  EvaluationPeriods: 5,
  DatapointsToAlarm: 5,
  TreatMissingData: 'breaching',
});

/** Returns a query of a metric for an alarm with expressions. */
export const query = (Id: string, metric: CloudWatchMetric, Stat: string, Period: number): Properties => ({
  Id,
  MetricStat: { Metric: metric, Period, Stat },
  ReturnData: false,
});

/** Returns an expression for an alarm. The alarm compares the result of the one with `isResult`. */
export const expression = (Id: string, Expression: string, isResult = false): Properties => ({
  Id,
  Expression,
  Label: Id,
  ReturnData: isResult,
});

/**
 * Alarms when the result of expressions exceeds a threshold in one period. Without a result, as without data, the state is
 * normal.
 */
export const computedAbove = (threshold: number, queries: readonly Properties[]): Properties => ({
  Metrics: queries,
  Threshold: threshold,
  ComparisonOperator: 'GreaterThanThreshold',
  EvaluationPeriods: 1,
  TreatMissingData: 'notBreaching',
});
