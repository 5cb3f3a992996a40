import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { ALARMS } from '../../deployment/cost/workload.ts';
import { orderFulfilment, orderProcessing } from '../../lib/kafka/topics/topics.ts';
import { databaseGauges, groupGauges } from '../../lib/observability/gauges.ts';
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
  z.object({ Id: z.string(), Expression: z.string(), ReturnData: z.literal(true) }),
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

/** Namespace, name, then names and values of dimensions, and settings; or one object that computes. */
const dashboard = z.object({
  widgets: z.array(z.object({ properties: z.object({ metrics: z.array(z.array(z.unknown())) }) })),
});

/** Resources of a stage with a receiver and a topic for alarms. */
let resources: Resources;
let alarms: Alarm[];
/** Alarms of a stage without both. */
let quietAlarms: Alarm[];

beforeAll(async () => {
  resources = (await packaged('application with every parameter')).template.Resources;
  alarms = alarmsOf(resources);
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

test('alarms and dashboard use only published gauges, with their published dimensions', () => {
  const published = [
    ...Object.keys(databaseGauges).map((name) => `${name} Stage=prod`),
    ...Object.keys(groupGauges).flatMap((name) =>
      [orderProcessing, orderFulfilment].map(({ group }) => `${name} Stage=prod ConsumerGroup=${group}`),
    ),
  ];

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

test('every gauge is on the dashboard, and what AWS measures there is of resources of the stack', () => {
  const metrics = dashboardMetrics(resources);
  const named = [...JSON.stringify(dashboardBody(resources)).matchAll(/\$\{(\w+)\}/g)].map(([, id]) => id);

  expect(new Set(metrics.flatMap(([namespace, name]) => (namespace === 'Orderly' ? [name] : [])))).toEqual(
    new Set([...Object.keys(databaseGauges), ...Object.keys(groupGauges)]),
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
  const named = alarms.map(({ AlarmName }) => perFunction(AlarmName.replace('orderly-prod-', '')));

  const documented = [...readFileSync('docs/operations.md', 'utf8').matchAll(/^### `([^`]+)`/gm)];

  expect(documented.map(([, name]) => name).sort()).toEqual([...new Set(named)].sort());
});

describe('the alarm for a partition that is stuck', () => {
  test.each([
    {
      what: 'the same oldest offset for five minutes',
      lags: [1, 1, 1, 1, 1],
      offsets: [7, 7, 7, 7, 7],
      isOn: true,
    },
    {
      what: 'a stuck partition among others, whose records come and go',
      lags: [9, 1, 400, 3, 80],
      offsets: [7, 7, 7, 7, 7],
      isOn: true,
    },
    { what: 'the first record of a topic', lags: [5, 5, 5, 5, 5], offsets: [0, 0, 0, 0, 0], isOn: true },
    {
      what: 'a backlog that is worked off',
      lags: [900, 800, 700, 600, 500],
      offsets: [7, 9, 11, 12, 13],
      isOn: false,
    },
    { what: 'nothing that waits', lags: [0, 0, 0, 0, 0], offsets: [0, 0, 0, 0, 0], isOn: false },
    {
      what: 'records that waited until a minute ago',
      lags: [4, 4, 4, 4, 0],
      offsets: [7, 7, 7, 7, 0],
      isOn: false,
    },
    { what: 'too few measurements', lags: [4], offsets: [7], isOn: false },
  ])('$what: $isOn', ({ lags, offsets, isOn }) => {
    const [found] = alarms.filter(({ AlarmName }) => AlarmName.endsWith('-ProcessingStalled'));
    const samples: Record<string, number[]> = { ConsumerLag: lags, OldestWaitingOffset: offsets };
    const statistics: Record<string, (of: number[]) => number> = {
      SampleCount: (of) => of.length,
      Minimum: (of) => Math.min(...of),
      Maximum: (of) => Math.max(...of),
    };
    const values = new Map<string, number>();
    let expression = '';
    for (const one of found?.Metrics ?? []) {
      if ('Expression' in one) {
        expression = one.Expression;
      } else {
        const { Metric, Period, Stat } = one.MetricStat;
        expect(Period).toBe(300);
        values.set(one.Id, statistics[Stat]?.(samples[Metric.MetricName] ?? []) ?? Number.NaN);
      }
    }

    expect(evaluate(expression, values)).toBe(isOn);
  });
});

test('alarms notify the topic of the parameter, and without one they only change their state', () => {
  expect(alarms.every(({ AlarmActions }) => AlarmActions?.[0] === ON_CALL)).toBe(true);
  expect(quietAlarms.length).toBeGreaterThan(10);
  expect(quietAlarms.every(({ AlarmActions }) => AlarmActions === undefined)).toBe(true);
  // Without a receiver no consumer reads its topic, and an alarm for that would never end.
  expect(JSON.stringify(quietAlarms)).not.toContain(orderFulfilment.group);
});

test('no alarm looks back further than CloudWatch does, and their number is the one that docs/cost.md counts', () => {
  for (const { periods, EvaluationPeriods } of alarms) {
    expect(Math.max(...periods) * EvaluationPeriods).toBeLessThanOrEqual(86_400);
  }
  expect(alarms.flatMap(({ metrics }) => metrics)).toHaveLength(ALARMS);
});

/** `IF(a >= 4 AND b == c, 1, 0)`, as CloudWatch computes it. */
function evaluate(expression: string, values: ReadonlyMap<string, number>): boolean {
  const [, condition = ''] = /^IF\((.*), 1, 0\)$/.exec(expression) ?? [];
  return condition.split(' AND ').every((comparison) => {
    const [left = '', operator = '', right = ''] = comparison.split(' ');
    const [a, b] = [left, right].map((name) => values.get(name) ?? Number(name));
    if (a === undefined || b === undefined || Number.isNaN(a + b)) {
      throw new Error(`"${comparison}" has no value`);
    }
    return { '>=': a >= b, '>': a > b, '==': a === b }[operator] ?? false;
  });
}

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
