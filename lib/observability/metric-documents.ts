import { databaseGauges, type Gauges, groupGauges } from './gauges.ts';

export const NAMESPACE = 'Orderly';

/**
 * Gauges as CloudWatch finds metrics in a log: JSON objects, one a line, with nothing before or behind. One of each set of
 * dimensions: `Stage`, or `Stage` and `ConsumerGroup`. None for what has no value.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function metricDocuments({ database, groups }: Gauges, stage: string, now: number): object[] {
  return [
    metricDocument(database, databaseGauges, { Stage: stage }, now),
    ...Object.entries(groups).map(([group, values]) =>
      metricDocument(values, groupGauges, { Stage: stage, ConsumerGroup: group }, now),
    ),
  ].flat();
}

function metricDocument(
  values: Readonly<Record<string, number>>,
  units: Readonly<Record<string, string>>,
  dimensions: Readonly<Record<string, string>>,
  now: number,
): object[] {
  const names = Object.keys(values);
  if (names.length === 0) {
    return [];
  }
  const directive = {
    Namespace: NAMESPACE,
    Dimensions: [Object.keys(dimensions)],
    Metrics: names.map((name) => ({ Name: name, Unit: units[name] })),
  };
  return [{ _aws: { Timestamp: now, CloudWatchMetrics: [directive] }, ...dimensions, ...values }];
}
