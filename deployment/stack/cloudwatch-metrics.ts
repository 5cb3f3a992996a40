import { dimensionOf, NAMESPACE } from '../../lib/observability/metrics/emf.ts';
import { type Metric, type MetricName, metrics } from '../../lib/observability/metrics/metrics.ts';

/** A metric of CloudWatch. */
export interface CloudWatchMetric {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: unknown }[];
}

type Table = typeof metrics;

/** The metrics that the functions publish to CloudWatch. The others exist only for Prometheus, so they have no dimensions. */
export type PublishedMetric = {
  [Name in keyof Table]: [Table[Name]['dimensionSets'][number]] extends [never] ? never : Name;
}[keyof Table];

/** The dimensions of a set by name; for the empty set an object that accepts none. */
type ValuesOf<DimensionSet> = DimensionSet extends readonly string[]
  ? [DimensionSet[number]] extends [never]
    ? Readonly<Record<string, never>>
    : Readonly<Record<DimensionSet[number], string>>
  : never;

/** The dimensions that a metric is published with, without `Stage`, which all have. */
export type Dimensions<Name extends PublishedMetric> = ValuesOf<Table[Name]['dimensionSets'][number]>;

/** Returns a metric of any namespace. */
export const cloudWatchMetric = (
  Namespace: string,
  MetricName: string,
  dimensions: Readonly<Record<string, unknown>>,
): CloudWatchMetric => ({
  Namespace,
  MetricName,
  Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
});

/** Returns a metric of a stage. Compiles only for a name and dimensions of the table of metrics. */
export const stageMetric = <Name extends PublishedMetric>(
  stage: string,
  name: Name,
  dimensions: Dimensions<Name>,
): CloudWatchMetric => cloudWatchMetric(NAMESPACE, name, { Stage: stage, ...dimensions });

/** Returns a metric of a stage by the labels that it has in Prometheus. Throws if it is not published with exactly these. */
export function labelledMetric(
  stage: string,
  name: MetricName,
  labels: Readonly<Record<string, string>>,
): CloudWatchMetric {
  const dimensions = Object.fromEntries(
    Object.entries(labels).map(([label, value]) => [dimensionOf(label), value]),
  );
  const wanted = Object.keys(dimensions).join();
  const { dimensionSets }: Metric = metrics[name];
  if (!dimensionSets.some((set) => set.join() === wanted)) {
    throw new Error(`${name} is not published with the dimensions "${wanted}".`);
  }
  return cloudWatchMetric(NAMESPACE, name, { Stage: stage, ...dimensions });
}

/** Returns a duration in the unit of a metric, for its thresholds. */
export function inUnitOf(name: MetricName, seconds: number): number {
  const { unit } = metrics[name];
  switch (unit) {
    case 'Milliseconds':
      return seconds * 1_000;
    case 'Seconds':
      return seconds;
    default:
      throw new Error(`${name} is not a duration: its unit is ${unit}.`);
  }
}
