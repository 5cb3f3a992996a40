import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { type Metric, metrics } from '../../lib/observability/metrics/metrics.ts';
import { readDashboard, readRules, readRuleTests, situationTests } from '../support/observability-files.ts';
import { parsePromql, type Selector } from '../support/promql.ts';

const rules = [...readRules('alerts.yml'), ...readRules('slo.yml')];
const recorded = new Set(rules.flatMap(({ record }) => record ?? []));
const dashboard = readDashboard();

/** Series that Prometheus makes itself. */
const own = ['up', 'ALERTS'];
/** Labels of the scrape configuration, of Prometheus' alerts, and of the recorded series. */
const targetLabels = ['job', 'instance', 'stage'];
const ownLabels: Readonly<Record<string, readonly string[]>> = {
  up: [],
  ALERTS: ['alertname', 'alertstate', 'severity', 'window'],
};

/** The metric that a series belongs to: a histogram has three series. */
function metricOf(series: string): Metric | undefined {
  return Object.values<Metric>(metrics).find(({ prometheus, type }) =>
    type === 'histogram'
      ? ['_bucket', '_sum', '_count'].some((suffix) => series === prometheus + suffix)
      : series === prometheus,
  );
}

function labelsOf(series: string): readonly string[] {
  const metric = metricOf(series);
  const bounds = series.endsWith('_bucket') ? ['le'] : [];
  const labels = metric?.labels ?? ownLabels[series] ?? ['slo'];
  return [...labels, ...bounds, ...targetLabels];
}

const isCumulative = ({ metric }: Selector): boolean =>
  ['counter', 'histogram'].includes(metricOf(metric)?.type ?? '');

const expressions: { where: string; expr: string }[] = [
  ...rules.map(({ alert, record, expr }) => ({ where: `the rule ${alert ?? record}`, expr })),
  ...dashboard.panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => ({ where: `the panel ${title}`, expr })),
  ),
  ...dashboard.annotations.list.flatMap(({ name, target }) =>
    target === undefined ? [] : [{ where: `the annotation ${name}`, expr: target.expr }],
  ),
  ...promqlOfDocs().map((expr) => ({ where: 'docs/operations.md', expr })),
];

/** The blocks of PromQL in docs/operations.md. */
function promqlOfDocs(): string[] {
  const blocks = readFileSync('docs/operations.md', 'utf8').matchAll(/^ *```promql\n(.*?)^ *```/gms);
  return [...blocks].map(([, block = '']) => block.trim());
}

describe('every PromQL expression', () => {
  test('is correct, and names metrics and labels of the table only', () => {
    for (const { where, expr } of expressions) {
      const { selectors, grouping } = parsePromql(expr);
      const known = selectors.flatMap(({ metric }) => labelsOf(metric));
      const unknown = [
        ...selectors
          .map(({ metric }) => metric)
          .filter((name) => !metricOf(name) && !recorded.has(name) && !own.includes(name)),
        ...selectors.flatMap(({ metric, matchers }) =>
          matchers.map(({ label }) => label).filter((label) => !labelsOf(metric).includes(label)),
        ),
        ...grouping.filter((label) => !known.includes(label)),
      ];

      expect({ where, expr, unknown }).toEqual({ where, expr, unknown: [] });
    }
  });

  test('takes the rate of counters and histograms, and of nothing else', () => {
    for (const { where, expr } of expressions) {
      for (const selector of parsePromql(expr).selectors) {
        const isRate = ['rate', 'irate', 'increase', 'resets'].includes(selector.call ?? '');
        const needsRate = isCumulative(selector);

        expect({ where, expr, isRate }).toEqual({ where, expr, isRate: needsRate });
      }
    }
  });

  test('names bounds of buckets that the histogram has', () => {
    const bounds = expressions.flatMap(({ expr }) =>
      parsePromql(expr).selectors.flatMap(({ metric, matchers }) =>
        matchers
          .filter(({ label }) => label === 'le')
          .flatMap(({ value }) => value.split('|').map((bound) => ({ metric, bound: Number(bound) }))),
      ),
    );

    expect(bounds.length).toBeGreaterThan(0);
    for (const { metric, bound } of bounds) {
      expect(metricOf(metric)?.buckets).toContain(bound);
    }
  });

  test('of the dashboard selects one stage', () => {
    for (const { where, expr } of expressions.filter((one) => one.where.startsWith('the panel'))) {
      for (const { matchers } of parsePromql(expr).selectors) {
        expect({ where, matchers }).toEqual({
          where,
          matchers: expect.arrayContaining([{ label: 'stage', value: 'local' }]),
        });
      }
    }
  });
});

test('every metric of the table is on the dashboard', () => {
  const shown = dashboard.panels
    .flatMap(({ targets }) => targets.flatMap(({ expr }) => parsePromql(expr).selectors))
    .map(({ metric }) => metricOf(metric)?.prometheus);

  expect(new Set(shown.filter((name) => name !== undefined))).toEqual(
    new Set(Object.values(metrics).map(({ prometheus }) => prometheus)),
  );
});

test('the tests of the rules have series that exist, with labels of the table', () => {
  const series = [...situationTests(), ...readRuleTests('slo.test.yml')].flatMap(({ input_series: inputs }) =>
    inputs.map((input) => input.series),
  );

  expect(series.length).toBeGreaterThan(50);
  for (const selector of series.flatMap((one) => parsePromql(one).selectors)) {
    expect([...Object.values(metrics).flatMap(seriesOf), 'up']).toContain(selector.metric);
    expect(labelsOf(selector.metric)).toEqual(
      expect.arrayContaining(selector.matchers.map(({ label }) => label)),
    );
  }
});

const seriesOf = ({ prometheus, type }: Metric): string[] =>
  type === 'histogram' ? [`${prometheus}_bucket`, `${prometheus}_sum`, `${prometheus}_count`] : [prometheus];
