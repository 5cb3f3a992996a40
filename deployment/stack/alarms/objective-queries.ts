import { type Metric, metrics } from '../../../lib/observability/metrics/metrics.ts';
import type { Events, Indicator } from '../../../observability/slo/objectives.ts';
import { type CloudWatchMetric, inUnitOf, labelledMetric } from '../cloudwatch-metrics.ts';
import { expression, type Properties, query } from './metric-alarms.ts';

/** Returns the queries of an indicator in one window: `valid` is the number of events, `bad` that of the bad ones. */
export function eventQueries(
  stage: string,
  { events, bad }: Indicator,
  windowSeconds: number,
): readonly Properties[] {
  const counted = ({ metric }: Events): string => (typeOf(metric) === 'histogram' ? 'SampleCount' : 'Sum');
  const queries = (prefix: string, each: Events, statistic = counted(each)): Properties[] =>
    metricsOf(stage, each).map((one, index) =>
      query(`${prefix}_${index + 1}`, one, statistic, windowSeconds),
    );
  const isOwn = 'metric' in bad;
  return [
    ...queries('valid', events),
    ...(isOwn ? queries('bad', bad) : queries('rank', events, rankBelow(events, bad.aboveSeconds))),
    expression(
      'valid',
      sumOf(events, (number) => `FILL(valid_${number}, 0)`),
    ),
    expression('bad', isOwn ? sumOf(bad, (number) => `FILL(bad_${number}, 0)`) : sumOf(events, above)),
  ];
}

/**
 * The percentage of values that do not exceed a limit. Of the statistics that count values below a limit, AWS documents only
 * the percentile rank for alarms: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
 */
const rankBelow = ({ metric }: Events, seconds: number): string => `PR(:${inUnitOf(metric, seconds)})`;

/** The expression of the number of values above the limit of `rankBelow`. */
const above = (number: number): string =>
  `FILL(valid_${number}, 0) * (100 - FILL(rank_${number}, 100)) / 100`;

const typeOf = (metric: Events['metric']): Metric['type'] => metrics[metric].type;

const metricsOf = (stage: string, { metric, labels }: Events): CloudWatchMetric[] =>
  labels.map((combination) => labelledMetric(stage, metric, combination));

const sumOf = ({ labels }: Events, term: (number: number) => string): string =>
  labels.map((_combination, index) => term(index + 1)).join(' + ');
