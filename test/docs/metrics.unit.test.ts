import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { type Metric, metrics } from '../../lib/observability/metrics/metrics.ts';

const page = readFileSync('docs/metrics.md', 'utf8');
const table = Object.entries<Metric>(metrics);

const list = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ') || '–';

/** Returns the row of a metric. The page may add where it is measured. */
function row([name, metric]: [string, Metric]): string {
  const { prometheus, type, unit, dimensionSets, labels, help } = metric;
  const isInCloudWatch = dimensionSets.length > 0;
  const dimensions = dimensionSets.map((set) => list(['Stage', ...set])).join('; ');
  return `| ${isInCloudWatch ? `\`${name}\`` : '–'} | \`${prometheus}\` | ${type} | ${unit} | ${dimensions || '–'} | ${list(labels)} | ${help} |`;
}

describe('docs/metrics.md', () => {
  test('has a row for each metric, with the names, unit, dimensions, labels and meaning of the table', () => {
    const rows = page.split('\n').filter((line) => /^\| (?:`\w+`|–) \| `orderly_\w+` \|/.test(line));

    expect(rows).toHaveLength(table.length);
    for (const metric of table) {
      expect(rows.filter((line) => line.startsWith(row(metric)))).toHaveLength(1);
    }
  });

  test('names only metrics of Prometheus that exist', () => {
    const histograms = table.filter(([, { type }]) => type === 'histogram');
    const known = new Set([
      ...table.map(([, { prometheus }]) => prometheus),
      ...histograms.flatMap(([, { prometheus }]) => [`${prometheus}_bucket`, `${prometheus}_count`]),
    ]);

    const named = [...page.matchAll(/\borderly_\w+/g)].map(([name]) => name);

    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  test('names only metrics of CloudWatch that exist, and only their dimensions', () => {
    const known = new Set([
      ...table.map(([name]) => name),
      ...table.flatMap(([, { dimensionSets }]) => dimensionSets.flat()),
    ]);
    const terms = new Set(['Stage', 'SampleCount']);

    const named = [...page.matchAll(/`((?:[A-Z][a-z]+)+)`/g)].map(([, name = '']) => name);

    expect(named.filter((name) => !known.has(name) && !terms.has(name))).toEqual(['Orderly']);
  });

  test('names in its queries only labels of their metric', () => {
    const labels = new Map(table.map(([, { prometheus, labels: names }]) => [prometheus, names]));

    const selectors = [...page.matchAll(/(orderly_\w+?)(?:_bucket|_count)?\{([^}]*)\}/g)];

    expect(selectors.length).toBeGreaterThan(3);
    for (const [, name = '', matchers = ''] of selectors) {
      const named = [...matchers.matchAll(/(\w+)=/g)].map(([, label]) => label);
      expect(labels.get(name)).toEqual(expect.arrayContaining(named));
    }
  });
});
