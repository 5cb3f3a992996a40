import { logSettings } from '../config/config.ts';
import { systemClock } from '../time/clock.ts';
import { databaseGauges, type Gauges, groupGauges } from './gauges.ts';
import { type LogFields, log } from './logger.ts';

const NAMESPACE = 'Orderly';

/**
 * Writes the gauges to the log, where CloudWatch finds them as metrics. A laptop has no CloudWatch: there the gauges are one
 * log line with level `debug`.
 */
export function publishGauges(gauges: Gauges): void {
  const { stage } = logSettings();
  if (stage === 'local') {
    log('debug', 'gauges', logFields(gauges));
    return;
  }
  for (const document of metricDocuments(gauges, stage, systemClock())) {
    process.stdout.write(`${JSON.stringify(document)}\n`); // on Lambda, console.log adds a time and a request id
  }
}

/**
 * Returns the metrics in CloudWatch's embedded metric format: one object for each set of dimensions. A set without values
 * has no object.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
function metricDocuments({ database, groups }: Gauges, stage: string, now: number): object[] {
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

const logFields = ({ database, groups }: Gauges): LogFields => ({
  ...inSnakeCase(database),
  consumer_groups: Object.fromEntries(
    Object.entries(groups).map(([group, values]) => [group, inSnakeCase(values)]),
  ),
});

const inSnakeCase = (values: Readonly<Record<string, number>>): LogFields =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name.replace(/\B[A-Z]/g, (letter) => `_${letter}`).toLowerCase(),
      value,
    ]),
  );
