import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod';
import { ALARMS, COMPOSITE_ALARMS } from '../../deployment/cost/workload.ts';
import { orderFulfilment, orderProcessing } from '../../lib/kafka/topics/topics.ts';
import { type Metric, metrics } from '../../lib/observability/metrics/metrics.ts';
import { orderStatuses } from '../../lib/orders/order.ts';
import { ON_CALL, PACKAGING_MS, packaged } from '../support/packaged-templates.ts';
import type { Resources } from '../support/service-copy.ts';
import { propertiesOf } from './granted.ts';

const metric = z.object({
  Namespace: z.string(),
  MetricName: z.string(),
  Dimensions: z.array(z.object({ Name: z.string(), Value: z.unknown() })),
});
/** A query of an alarm with an expression. */
const query = z.union([
  z.object({ Id: z.string(), Expression: z.string(), ReturnData: z.boolean() }),
  z.object({
    Id: z.string(),
    MetricStat: z.object({ Metric: metric, Period: z.number(), Stat: z.string() }),
    ReturnData: z.literal(false),
  }),
]);
const alarm = z
  .object({
    AlarmName: z.string(),
    AlarmDescription: z.string(),
    EvaluationPeriods: z.number(),
    AlarmActions: z.array(z.string()).optional(),
    Metrics: z.array(query).default([]),
    Period: z.number().optional(),
  })
  .and(z.union([metric, z.object({ Metrics: z.array(query) })]))
  .transform((properties) => {
    const stats = properties.Metrics.flatMap((one) => ('MetricStat' in one ? [one.MetricStat] : []));
    return {
      ...properties,
      metrics: 'MetricName' in properties ? [properties] : stats.map(({ Metric }) => Metric),
      periods: properties.Period === undefined ? stats.map(({ Period }) => Period) : [properties.Period],
    };
  });
type Alarm = z.infer<typeof alarm>;

const compositeAlarm = z.object({ AlarmName: z.string(), AlarmActions: z.array(z.string()).optional() });

/** Namespace, name, then names and values of dimensions, and settings; or one object that computes. */
const dashboard = z.object({
  widgets: z.array(z.object({ properties: z.object({ metrics: z.array(z.array(z.unknown())) }) })),
});

/** Resources of a stage with a receiver and a topic for alarms. */
let resources: Resources;
let alarms: Alarm[];
let composites: z.infer<typeof compositeAlarm>[];
/** Alarms of a stage without both. */
let quietAlarms: Alarm[];

beforeAll(async () => {
  resources = (await packaged('application with every parameter')).template.Resources;
  alarms = alarmsOf(resources);
  composites = propertiesOf(resources, 'AWS::CloudWatch::CompositeAlarm').map((properties) =>
    compositeAlarm.parse(properties),
  );
  quietAlarms = alarmsOf((await packaged('application')).template.Resources);
}, PACKAGING_MS);

test('every function has an alarm for errors and one for throttles', () => {
  const functionIds = Object.entries(resources).flatMap(([id, { Type }]) =>
    Type === 'AWS::Lambda::Function' ? [id] : [],
  );

  for (const name of ['Errors', 'Throttles']) {
    expect(
      alarms
        .flatMap(({ metrics }) => metrics)
        .filter(({ Namespace, MetricName }) => Namespace === 'AWS/Lambda' && MetricName === name)
        .map(({ Dimensions }) => Object(Dimensions[0]?.Value).Ref)
        .sort(),
    ).toEqual(functionIds.sort());
  }
});

test('alarms and dashboard use only published metrics, with their published dimensions', () => {
  const values: Readonly<Record<string, readonly string[]>> = {
    ConsumerGroup: [orderProcessing.group, orderFulfilment.group],
    Route: [...routes(), 'other'],
    StatusClass: ['2xx', '3xx', '4xx', '5xx'],
    Status: orderStatuses,
    Result: ['fulfilled', 'rejected', 'retryable'],
  };
  const published = Object.entries<Metric>(metrics).flatMap(([name, { dimensionSets }]) =>
    dimensionSets.flatMap((dimensions) =>
      dimensions.reduce<string[]>(
        (lines, dimension) =>
          lines.flatMap((line) => (values[dimension] ?? []).map((value) => `${line} ${dimension}=${value}`)),
        [`${name} Stage=prod`],
      ),
    ),
  );

  const byAlarms = alarms
    .flatMap(({ metrics }) => metrics)
    .filter(({ Namespace }) => Namespace === 'Orderly')
    .map(({ MetricName, Dimensions }) =>
      [MetricName, ...Dimensions.map(({ Name, Value }) => `${Name}=${Value}`)].join(' '),
    );
  const byDashboard = dashboardMetrics(resources)
    .filter(([namespace]) => namespace === 'Orderly')
    .map(([, name, ...dimensions]) => [name, ...pairs(dimensions)].join(' '));
  expect(byAlarms.length).toBeGreaterThan(10);
  expect(published).toEqual(expect.arrayContaining([...byAlarms, ...byDashboard]));
});

test('every metric of CloudWatch is on the dashboard, and what AWS measures there is of resources of the stack', () => {
  const shown = dashboardMetrics(resources);
  const named = [...JSON.stringify(dashboardBody(resources)).matchAll(/\$\{(\w+)\}/g)].map(([, id]) => id);

  expect(new Set(shown.flatMap(([namespace, name]) => (namespace === 'Orderly' ? [name] : [])))).toEqual(
    new Set(
      Object.entries<Metric>(metrics).flatMap(([name, { dimensionSets }]) =>
        dimensionSets.length > 0 ? [name] : [],
      ),
    ),
  );
  expect(named.length).toBeGreaterThan(0);
  expect(Object.keys(resources)).toEqual(expect.arrayContaining(named));
});

test('every alarm has a line in docs/operations.md, and every line there an alarm', () => {
  const functionNames = propertiesOf(resources, 'AWS::Lambda::Function').map(({ FunctionName }) =>
    String(FunctionName).replace('orderly-prod-', ''),
  );
  const ids = functionNames.map((fn) => `${fn[0]?.toUpperCase()}${fn.slice(1)}`);
  const ofFunction = new RegExp(`^(${ids.join('|')})(Errors|Throttles|Slow)$`);
  const perFunction = (name: string): string => name.replace(ofFunction, '<Function>$2');
  const names = [...alarms.filter(isOnItsOwn), ...composites].map(({ AlarmName }) =>
    perFunction(AlarmName.replace('orderly-prod-', '')),
  );

  const documented = [...readFileSync('docs/operations.md', 'utf8').matchAll(/^### `([^`]+)`/gm)];

  expect(documented.map(([, name]) => name).sort()).toEqual([...new Set(names)].sort());
});

test('alarms notify the topic of the parameter, and without one they only change their state', () => {
  expect(composites).toHaveLength(COMPOSITE_ALARMS);
  expect(
    [...alarms.filter(isOnItsOwn), ...composites].every(({ AlarmActions }) => AlarmActions?.[0] === ON_CALL),
  ).toBe(true);
  expect(quietAlarms.length).toBeGreaterThan(10);
  expect(quietAlarms.every(({ AlarmActions }) => AlarmActions === undefined)).toBe(true);
  // Without a receiver no consumer reads its topic, and an alarm for that would never end.
  expect(JSON.stringify(quietAlarms)).not.toContain(orderFulfilment.group);
});

test('no alarm looks back further than CloudWatch does: a day, or with periods of an hour and more, a week', () => {
  for (const { periods, EvaluationPeriods } of alarms) {
    const longest = Math.max(...periods);

    expect(longest * EvaluationPeriods).toBeLessThanOrEqual(longest < 3_600 ? 86_400 : 7 * 86_400);
  }
});

test('docs/cost.md counts these alarms', () => {
  expect(alarms.flatMap(({ metrics }) => metrics)).toHaveLength(ALARMS);
});

/** Returns whether an alarm is not a part of a composite alarm, which then notifies instead. */
const isOnItsOwn = ({ AlarmName }: Alarm): boolean =>
  !composites.some((composite) => AlarmName.startsWith(`${composite.AlarmName}-`));

/** The routes of the API, without the one for unknown paths. */
const routes = (): string[] =>
  propertiesOf(resources, 'AWS::ApiGatewayV2::Route')
    .map(({ RouteKey }) => String(RouteKey))
    .filter((route) => route !== '$default');

function alarmsOf(from: Resources): Alarm[] {
  return propertiesOf(from, 'AWS::CloudWatch::Alarm').map((properties) => alarm.parse(properties));
}

function dashboardBody(from: Resources): unknown {
  const [properties] = propertiesOf(from, 'AWS::CloudWatch::Dashboard');
  return JSON.parse(z.object({ 'Fn::Sub': z.string() }).parse(properties?.DashboardBody)['Fn::Sub']);
}

/** Each as its namespace, its name and its dimensions. */
function dashboardMetrics(from: Resources): string[][] {
  return dashboard
    .parse(dashboardBody(from))
    .widgets.flatMap(({ properties }) => properties.metrics)
    .map((metric) => metric.filter((part) => typeof part === 'string'))
    .filter((metric) => metric.length > 0);
}

function pairs(names: readonly string[]): string[] {
  return names.flatMap((name, index) => (index % 2 === 0 ? [`${name}=${names[index + 1]}`] : []));
}
