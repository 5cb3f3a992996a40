import type { Measurement } from './measurements.ts';
import { type Metric, metrics } from './metrics.ts';

/** Prometheus' text format: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */

export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Label values by name. */
export type Labels = Readonly<Record<string, string>>;

export interface Histogram {
  /** The number of values in each bucket of the metric, and the number of values above the last bound. Not cumulative. */
  readonly counts: readonly number[];
  readonly sum: number;
}

/** The value of a metric for one combination of labels, in Prometheus' base unit. A histogram has a `Histogram`. */
export interface Series {
  readonly labels: Labels;
  readonly value: number | Histogram;
}

/** A metric and its series. */
export interface MetricFamily {
  readonly metric: Metric;
  readonly series: readonly Series[];
}

/** Converts a value of a metric to Prometheus' base units: seconds, and ratios instead of percentages. */
export function inBaseUnit({ unit }: Pick<Metric, 'unit'>, value: number): number {
  switch (unit) {
    case 'Milliseconds':
      return value / 1_000;
    case 'Percent':
      return value / 100;
    default:
      return value;
  }
}

/** Returns the families of gauges that were read: one value for each combination of labels. */
export const gaugeFamilies = (measurements: readonly Measurement[]): MetricFamily[] =>
  [...Map.groupBy(measurements, ({ name }) => name)].map(([name, measured]) => {
    const metric: Metric = metrics[name];
    const series = measured.flatMap(({ labels, values }) =>
      values.map((value): Series => ({ labels, value: inBaseUnit(metric, value) })),
    );
    return { metric, series };
  });

/**
 * Returns the text for a scrape. A value that is not finite is left out, because Prometheus would store NaN as a measured
 * value. A metric without a value has no lines.
 */
export function prometheusText(families: readonly MetricFamily[]): string {
  return families.map(familyText).join('');
}

function familyText({ metric, series }: MetricFamily): string {
  const samples = series.flatMap((one) => sampleLines(metric, one));
  if (samples.length === 0) {
    return '';
  }
  const { prometheus: name, type, help } = metric;
  const lines = [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`, ...samples];
  return `${lines.join('\n')}\n`;
}

function sampleLines(metric: Metric, { labels, value }: Series): string[] {
  const pairs = metric.labels.map((label) => [label, labels[label] ?? ''] as const);
  if (typeof value === 'number') {
    return Number.isFinite(value) ? [sampleLine(metric.prometheus, pairs, value)] : [];
  }
  return Number.isFinite(value.sum) ? histogramLines(metric, pairs, value) : [];
}

type LabelPairs = readonly (readonly [name: string, value: string])[];

function histogramLines({ prometheus, buckets = [] }: Metric, pairs: LabelPairs, value: Histogram): string[] {
  let count = 0;
  const bucketLines = [...buckets.map(String), '+Inf'].map((bound, index) => {
    count += value.counts[index] ?? 0;
    return sampleLine(`${prometheus}_bucket`, [...pairs, ['le', bound]], count);
  });
  return [
    ...bucketLines,
    sampleLine(`${prometheus}_sum`, pairs, value.sum),
    sampleLine(`${prometheus}_count`, pairs, count),
  ];
}

function sampleLine(name: string, pairs: LabelPairs, value: number): string {
  const labels = pairs.map(([label, text]) => `${label}="${escapeLabel(text)}"`).join(',');
  return `${name}${labels && `{${labels}}`} ${value}`;
}

const escapeHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');

const escapeLabel = (text: string): string => escapeHelp(text).replaceAll('"', '\\"');
