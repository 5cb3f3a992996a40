import { expect, test } from '@jest/globals';
import { type Metric, metrics } from '../../../../lib/observability/metrics/metrics.ts';

const table = Object.entries<Metric>(metrics);

test.each(table)(
  '%s has a name in Prometheus that follows its conventions',
  (_name, { prometheus, type, unit }) => {
    expect(prometheus).toMatch(/^orderly(_[a-z]+)+$/);
    expect(prometheus.endsWith('_total')).toBe(type === 'counter');
    expect(/_seconds$/.test(prometheus)).toBe(unit === 'Seconds' || unit === 'Milliseconds');
    expect(/_ratio$/.test(prometheus)).toBe(unit === 'Percent');
  },
);

test('names are unique, in CloudWatch and in Prometheus', () => {
  expect(new Set(table.map(([, { prometheus }]) => prometheus)).size).toBe(table.length);
});

test.each(table)(
  '%s has dimensions that are its labels in PascalCase',
  (_name, { labels, dimensionSets }) => {
    const dimensions = labels.map((label) =>
      label
        .split('_')
        .map((word) => word.replace(/^./, (letter) => letter.toUpperCase()))
        .join(''),
    );

    expect(dimensions).toEqual(expect.arrayContaining(dimensionSets.flat()));
  },
);

test.each(table)('%s has ascending buckets if and only if it is a histogram', (_name, { type, buckets }) => {
  expect(buckets !== undefined).toBe(type === 'histogram');
  expect(buckets ?? []).toEqual((buckets ?? []).toSorted((a, b) => a - b));
});

test.each(table)('%s has one sentence of help', (_name, { help }) => {
  expect(help).toMatch(/^[A-Z0-9][^.\n]*\.$/);
});
