import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { alarms } from '../../deployment/stack/alarms/alarms.ts';
import { metrics } from '../../lib/observability/metrics/metrics.ts';
import { inBaseUnit } from '../../lib/observability/metrics/prometheus-text.ts';
import { readRules } from '../support/observability-files.ts';
import { serviceVariables } from '../support/service-variables.ts';

/** The alerts of Prometheus have the names and limits of the CloudWatch alarms about the same situation. */

interface Limit {
  /** In Prometheus' unit. */
  readonly above: number;
  /** How many minutes the limit must be exceeded. */
  readonly minutes: number;
}

const limitAlarm = z.object({
  MetricName: z.string(),
  ComparisonOperator: z.literal('GreaterThanThreshold'),
  Threshold: z.number(),
  Period: z.literal(60),
  DatapointsToAlarm: z.number(),
  TreatMissingData: z.string(),
});

test('an alert about a limit has the limit and the duration of the CloudWatch alarm of its name', async () => {
  const variables = serviceVariables({
    file: 'serverless.yml',
    stage: 'prod',
    parameters: { fulfilmentUrl: 'https://example.com', rateLimit: '6000' },
  });
  const { Resources } = await alarms(variables);
  const inCloudWatch = Object.entries(Resources).flatMap(([id, { Properties }]): [string, Limit][] => {
    const { data } = limitAlarm.safeParse(Properties);
    const ofLambda = JSON.stringify(Properties).includes('AWS/Lambda');
    return data === undefined || ofLambda ? [] : [[id.replace(/Alarm$/, ''), limitOf(data)]];
  });

  const inPrometheus = readRules('alerts.yml').flatMap(({ alert = '', expr, for: duration = '0m' }) => {
    const [, factors] = / > ([\d. *]+)$/.exec(expr) ?? [];
    return factors === undefined || alert === 'BatchesFailing' // only in Prometheus
      ? []
      : [[alert, { above: product(factors), minutes: Number.parseInt(duration, 10) }]];
  });

  expect(inCloudWatch).toHaveLength(11);
  expect(Object.fromEntries(inPrometheus)).toEqual(Object.fromEntries(inCloudWatch));
});

function limitOf({
  MetricName,
  Threshold,
  DatapointsToAlarm,
  TreatMissingData,
}: z.infer<typeof limitAlarm>): Limit {
  const metric = Object.entries(metrics).find(([name]) => name === MetricName)?.[1];
  return {
    above: metric === undefined ? Threshold : inBaseUnit(metric, Threshold),
    minutes: TreatMissingData === 'ignore' ? 0 : DatapointsToAlarm, // an alarm at once has no duration
  };
}

const product = (factors: string): number =>
  factors.split('*').reduce((result, factor) => result * Number(factor), 1);
