import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { flowMetrics, type Metric } from '../../lib/observability/metrics/metrics.ts';
import { burnRates, MINIMUM_BAD_EVENTS, OBJECTIVE_WINDOW } from '../../observability/slo/burn-rates.ts';
import { objectives } from '../../observability/slo/objectives.ts';
import { allEvents, badEvents } from '../../observability/slo/promql.ts';
import { anchorsOf, sectionOf } from '../support/markdown.ts';
import { readRules, readRuleTests, situationTests } from '../support/observability-files.ts';
import { parsePromql } from '../support/promql.ts';

const alerts = [...readRules('alerts.yml'), ...readRules('slo.yml')].filter(
  ({ alert }) => alert !== undefined,
);
const names = new Set(alerts.flatMap(({ alert }) => alert ?? []));
/** 30 days. */
const OBJECTIVE_SECONDS = 30 * 86_400;
const operations = readFileSync('docs/operations.md', 'utf8');
const headings = [...operations.matchAll(/^### `([^`]+)`/gm)].map(([, name = '']) => name);

test('every alert has a severity, says what happened and what to do, and leads to a runbook', () => {
  for (const { alert, labels, annotations } of alerts) {
    expect({ alert, severity: labels.severity }).toEqual({
      alert,
      severity: expect.stringMatching(/^(page|ticket)$/),
    });
    expect({ alert, annotations }).toEqual({
      alert,
      annotations: {
        summary: expect.stringMatching(/\.$/),
        description: expect.stringMatching(/\.$/),
        runbook: expect.stringMatching(/^docs\/operations\.md#/),
      },
    });
    expect(anchorsOf(operations)).toContain(annotations.runbook?.split('#')[1]);
  }
});

test('every alert has a section in docs/operations.md, and every section there an alert, except those of CloudWatch only', () => {
  // Lambda counts the errors, throttles and durations of a function
  const cloudWatchOnly = ['<Function>Errors', '<Function>Throttles', '<Function>Slow'];
  const inTable = [...sectionOf(operations, 'Alerts of Prometheus only').matchAll(/^\| `(\w+)`/gm)].map(
    ([, name = '']) => name,
  );

  expect([...names].sort()).toEqual(
    [...headings.filter((name) => !cloudWatchOnly.includes(name)), ...inTable].sort(),
  );
  expect(headings).toEqual(expect.arrayContaining(cloudWatchOnly));
});

test('an alert with a section of its name leads to that section', () => {
  for (const { alert = '', annotations } of alerts.filter((one) => headings.includes(one.alert ?? ''))) {
    expect(annotations.runbook).toBe(`docs/operations.md#${alert.toLowerCase()}`);
  }
});

test('every alert has a test in which it fires', () => {
  const tests = [...situationTests(), ...readRuleTests('slo.test.yml')];
  const expected = tests.flatMap((one) => one.promql_expr_test.flatMap((check) => check.exp_samples));
  const fired = expected.flatMap(({ labels }) => /alertname="(\w+)"/.exec(labels)?.[1] ?? []);

  expect([...new Set(fired)].sort()).toEqual([...names].sort());
});

test('every alert about a situation also has a moment in its tests when it does not fire', () => {
  const tests = situationTests();

  for (const { alert = '' } of readRules('alerts.yml')) {
    const checks = tests
      .filter(({ name }) => name.startsWith(`${alert}, `))
      .flatMap(({ promql_expr_test: all }) => all);
    const quiet = checks.filter(({ exp_samples: samples }) =>
      samples.every(({ labels }) => !labels.includes(`"${alert}"`)),
    );

    expect({ alert, quiet: quiet.length }).not.toEqual({ alert, quiet: 0 });
  }
});

test('docs/prometheus.md names the alerts that need counts, which a stage on AWS does not expose', () => {
  const section = sectionOf(readFileSync('docs/prometheus.md', 'utf8'), 'A stage on AWS');
  const needCounts = readRules('alerts.yml').filter(({ expr }) =>
    parsePromql(expr).selectors.some(({ metric }) => !isGauge(metric)),
  );

  expect(needCounts.map(({ alert }) => alert)).toEqual([
    'ApiFailing',
    'RateLimitUnchecked',
    'BatchesFailing',
    'CallsFailing',
  ]);
  for (const { alert } of needCounts) {
    expect(section).toContain(`\`${alert}\``);
  }
});

/** A series of Prometheus itself counts as a gauge. */
const isGauge = (series: string): boolean =>
  !Object.values<Metric>(flowMetrics).some(({ prometheus }) => series.startsWith(prometheus));

describe('docs/operations.md', () => {
  test.each(objectives)(
    'has the error budget and the queries of $alert',
    ({ alert, errorBudget, indicator }) => {
      const table = sectionOf(operations, 'Service level objectives');
      const section = sectionOf(operations, `\`${alert}\``).replace(/^ {2}/gm, '');
      const percent = `${Number((errorBudget * 100).toFixed(3))} %`;

      expect(table).toMatch(new RegExp(`^\\| \`${alert}\` \\|.*\\| ${percent} \\|$`, 'm'));
      expect(section).toContain(`\`\`\`promql\n${allEvents(indicator, OBJECTIVE_WINDOW)}\n\`\`\``);
      expect(section).toContain(`\`\`\`promql\n${badEvents(indicator, OBJECTIVE_WINDOW)}\n\`\`\``);
    },
  );

  test('has the burn rates and windows of the alerts', () => {
    const table = sectionOf(operations, 'Service level objectives');
    const documented = [
      ...table.matchAll(/^\| ([\d.]+) \| (\d+) (\w+) \| (\d+) (\w+) \| (\d+) % \| `(\w+)` \|/gm),
    ].map(
      ([, rate, long, longUnit = '', short, shortUnit = '', percent, severity]) =>
        `${rate} ${long}${longUnit[0]} ${short}${shortUnit[0]} ${percent} ${severity}`,
    );
    const used = ({ rate, long }: (typeof burnRates)[number]): number =>
      (rate * long.seconds) / OBJECTIVE_SECONDS;

    expect(documented).toEqual(
      burnRates.map(
        (each) =>
          `${each.rate} ${each.long.name} ${each.short.name} ${Math.round(used(each) * 100)} ${each.severity}`,
      ),
    );
    expect(table).toContain(`at least ${MINIMUM_BAD_EVENTS} bad events in the long window`);
  });
});
