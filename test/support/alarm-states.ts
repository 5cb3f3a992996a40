import * as z from 'zod';
import { evaluateMetricMath } from './metric-math.ts';
import type { Resources } from './service-copy.ts';

/** A value that was published to CloudWatch. */
export interface DataPoint {
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly value: number;
  readonly ageSeconds: number;
}

const metric = z.object({
  MetricName: z.string(),
  Dimensions: z.array(z.object({ Name: z.string(), Value: z.string() })),
});
const query = z.union([
  z.object({ Id: z.string(), Expression: z.string(), ReturnData: z.boolean() }),
  z.object({
    Id: z.string(),
    MetricStat: z.object({ Metric: metric, Period: z.number(), Stat: z.string() }),
  }),
]);
const computedAlarm = z.object({
  Metrics: z.array(query),
  Threshold: z.number(),
  ComparisonOperator: z.literal('GreaterThanThreshold'),
  EvaluationPeriods: z.literal(1),
  TreatMissingData: z.literal('notBreaching'),
});

/**
 * Returns whether an alarm that computes expressions over one period is on, with these data points. Expressions are
 * evaluated in the order of the alarm, values first. Throws if the state depends on what FILL does with a metric without data.
 */
export function isComputedAlarmOn(properties: unknown, data: readonly DataPoint[]): boolean {
  const alarm = computedAlarm.parse(properties);
  const [isOn, isOnWithoutFilling] = [true, false].map((fillsEmpty) => {
    const result = resultOf(alarm, data, fillsEmpty);
    return result !== undefined && result > alarm.Threshold;
  });
  if (isOn !== isOnWithoutFilling) {
    throw new Error('The state of the alarm depends on how FILL fills a metric without data');
  }
  return isOn === true;
}

function resultOf(
  { Metrics }: z.infer<typeof computedAlarm>,
  data: readonly DataPoint[],
  fillsEmpty: boolean,
): number | undefined {
  const values = new Map<string, number | undefined>();
  for (const one of Metrics) {
    if ('MetricStat' in one) {
      values.set(one.Id, statistic(one.MetricStat, data));
    }
  }
  let result: number | undefined;
  for (const one of Metrics) {
    if ('Expression' in one) {
      const value = evaluateMetricMath(one.Expression, values, { fillsEmpty });
      values.set(one.Id, value);
      result = one.ReturnData ? value : result;
    }
  }
  return result;
}

/** Returns whether a composite alarm is on. */
export function isCompositeAlarmOn(resources: Resources, id: string, data: readonly DataPoint[]): boolean {
  const rule = z.object({ AlarmRule: z.object({ 'Fn::Sub': z.string() }) }).parse(resources[id]?.Properties)
    .AlarmRule['Fn::Sub'];
  const states = rule.replaceAll(/ALARM\("\$\{(\w+)\}"\)/g, (_match, part: string) =>
    isComputedAlarmOn(resources[part]?.Properties, data) ? '1' : '0',
  );
  return evaluateMetricMath(states, new Map(), { fillsEmpty: true }) === 1;
}

interface MetricStat {
  readonly Metric: z.infer<typeof metric>;
  readonly Period: number;
  readonly Stat: string;
}

function statistic({ Metric, Period, Stat }: MetricStat, data: readonly DataPoint[]): number | undefined {
  const wanted = Object.fromEntries(Metric.Dimensions.map(({ Name, Value }) => [Name, Value]));
  const values = data
    .filter(
      ({ name, dimensions, ageSeconds }) =>
        name === Metric.MetricName && ageSeconds < Period && isSame(dimensions, wanted),
    )
    .map(({ value }) => value);
  return values.length === 0 ? undefined : aggregate(Stat, values);
}

const isSame = (a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean =>
  Object.keys(a).length === Object.keys(b).length &&
  Object.entries(a).every(([key, value]) => b[key] === value);

/** The percentile rank includes its upper bound. */
function aggregate(stat: string, values: readonly number[]): number {
  const rankLimit = /^PR\(:(\d+)\)$/.exec(stat)?.[1];
  if (rankLimit !== undefined) {
    return (100 * values.filter((value) => value <= Number(rankLimit)).length) / values.length;
  }
  switch (stat) {
    case 'SampleCount':
      return values.length;
    case 'Sum':
      return values.reduce((sum, value) => sum + value, 0);
    case 'Minimum':
      return Math.min(...values);
    case 'Maximum':
      return Math.max(...values);
    default:
      throw new Error(`The statistic ${stat} is unknown here`);
  }
}
