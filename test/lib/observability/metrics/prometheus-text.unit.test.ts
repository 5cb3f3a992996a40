import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Metric } from '../../../../lib/observability/metrics/metrics.ts';
import {
  inBaseUnit,
  type MetricFamily,
  prometheusText,
} from '../../../../lib/observability/metrics/prometheus-text.ts';
import { parsePrometheusText } from '../../../support/prometheus-parser.ts';

const gauge: Metric = {
  prometheus: 'orderly_rows',
  type: 'gauge',
  unit: 'Count',
  help: 'Rows that wait.',
  labels: ['table', 'state'],
  dimensionSets: [],
};

const histogram: Metric = {
  prometheus: 'orderly_call_seconds',
  type: 'histogram',
  unit: 'Milliseconds',
  help: 'Time of a call.',
  labels: ['result'],
  dimensionSets: [],
  buckets: [0.1, 1, 3_600],
};

test('a gauge has a help text, a type and one line for each combination of labels', () => {
  const series = [
    { labels: { table: 'outbox', state: 'parked' }, value: 3 },
    { labels: { state: 'due', table: 'outbox' }, value: 0.25 },
  ];

  expect(prometheusText([{ metric: gauge, series }])).toBe(
    [
      '# HELP orderly_rows Rows that wait.',
      '# TYPE orderly_rows gauge',
      'orderly_rows{table="outbox",state="parked"} 3',
      'orderly_rows{table="outbox",state="due"} 0.25',
      '',
    ].join('\n'),
  );
});

test('a metric without labels has no braces', () => {
  const family: MetricFamily = { metric: { ...gauge, labels: [] }, series: [{ labels: {}, value: 0 }] };

  expect(prometheusText([family])).toContain('\norderly_rows 0\n');
});

test('a histogram has cumulative buckets, the bucket +Inf, a sum and a count', () => {
  const series = [{ labels: { result: 'fulfilled' }, value: { counts: [2, 0, 1, 1], sum: 4_000.5 } }];

  expect(prometheusText([{ metric: histogram, series }])).toBe(
    [
      '# HELP orderly_call_seconds Time of a call.',
      '# TYPE orderly_call_seconds histogram',
      'orderly_call_seconds_bucket{result="fulfilled",le="0.1"} 2',
      'orderly_call_seconds_bucket{result="fulfilled",le="1"} 2',
      'orderly_call_seconds_bucket{result="fulfilled",le="3600"} 3',
      'orderly_call_seconds_bucket{result="fulfilled",le="+Inf"} 4',
      'orderly_call_seconds_sum{result="fulfilled"} 4000.5',
      'orderly_call_seconds_count{result="fulfilled"} 4',
      '',
    ].join('\n'),
  );
});

test('backslashes, line feeds and quotes are escaped', () => {
  const text = prometheusText([
    {
      metric: { ...gauge, labels: ['table'], help: 'A "help" text\nwith C:\\temp.' },
      series: [{ labels: { table: 'a"b\\n\nc' }, value: 1 }],
    },
  ]);

  expect(text).toContain('# HELP orderly_rows A "help" text\\nwith C:\\\\temp.\n');
  expect(text).toContain('\norderly_rows{table="a\\"b\\\\n\\nc"} 1\n');
});

test.each([Number.NaN, Number.POSITIVE_INFINITY])('the value %d is left out', (value) => {
  const series = [
    { labels: { table: 'a', state: 'b' }, value },
    { labels: { table: 'c', state: 'd' }, value: 1 },
  ];

  expect(
    prometheusText([{ metric: gauge, series }])
      .split('\n')
      .slice(2),
  ).toEqual(['orderly_rows{table="c",state="d"} 1', '']);
  expect(prometheusText([{ metric: gauge, series: series.slice(0, 1) }])).toBe('');
  expect(
    prometheusText([{ metric: histogram, series: [{ labels: {}, value: { counts: [1], sum: value } }] }]),
  ).toBe('');
});

test('a metric without a value has no lines', () => {
  expect(prometheusText([{ metric: gauge, series: [] }])).toBe('');
});

test.each([
  ['Milliseconds', 250, 0.25],
  ['Percent', 50, 0.5],
  ['Seconds', 7, 7],
  ['Count', 7, 7],
  ['None', 7, 7],
] as const)('in base units %s %d is %d', (unit, value, expected) => {
  expect(inBaseUnit({ unit }, value)).toBe(expected);
});

describe('for any values', () => {
  const labelNames = ['a', 'b_c'];
  const labels = fc.record({ a: fc.string({ unit: 'binary' }), b_c: fc.string({ unit: 'grapheme' }) });
  const help = fc.string({ unit: 'grapheme' });
  const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0); // no -0

  test('a parser reads the same gauges', () => {
    fc.assert(
      fc.property(help, fc.array(fc.record({ labels, value: finite }), { minLength: 1 }), (text, series) => {
        const metric = { ...gauge, labels: labelNames, help: text };

        const parsed = parsePrometheusText(prometheusText([{ metric, series }]));

        expect([...parsed]).toEqual([
          [
            'orderly_rows',
            { help: text, type: 'gauge', samples: series.map((one) => ({ name: 'orderly_rows', ...one })) },
          ],
        ]);
      }),
    );
  });

  test('buckets never decrease, and the last one is the count', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 4, maxLength: 4 }), finite, (counts, sum) => {
        const series = [{ labels: { result: 'x' }, value: { counts, sum } }];

        const samples = parsePrometheusText(prometheusText([{ metric: histogram, series }])).get(
          'orderly_call_seconds',
        )?.samples;

        const values = samples?.filter(({ name }) => name.endsWith('_bucket')).map(({ value }) => value);
        expect(values).toEqual(values?.toSorted((one, other) => one - other));
        expect(values?.at(-1)).toBe(counts.reduce((total, one) => total + one, 0));
        expect(samples?.at(-1)).toEqual({
          name: 'orderly_call_seconds_count',
          labels: { result: 'x' },
          value: values?.at(-1),
        });
      }),
    );
  });
});
