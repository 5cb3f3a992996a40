import type { Measurement } from './measurements.ts';
import { flowMetrics, type Metric } from './metrics.ts';
import { inBaseUnit, type Labels, type MetricFamily, type Series } from './prometheus-text.ts';

export interface Registry {
  /** Adds measurements. Ignores gauges, which are read at each scrape. */
  add(measurements: readonly Measurement[]): void;
  /** Returns every metric of `flowMetrics`. A series whose labels are all known is 0 from the start. */
  families(): MetricFamily[];
}

/** Creates a registry with the counters and histograms of `flowMetrics`. */
export function createRegistry(): Registry {
  const accumulators = new Map<string, Accumulator>(
    Object.entries(flowMetrics).map(([name, metric]) => [name, createAccumulator(metric)]),
  );
  return {
    add: (measurements) => {
      for (const { name, labels, values } of measurements) {
        accumulators.get(name)?.add(labels, values);
      }
    },
    families: () => [...accumulators.values()].map(({ family }) => family()),
  };
}

interface Accumulator {
  add(labels: Labels, values: readonly number[]): void;
  family(): MetricFamily;
}

interface Sums {
  readonly labels: Labels;
  /** The number of values in each bucket. The last one is for values above every bound. */
  readonly counts: number[];
  sum: number;
}

function createAccumulator(metric: Metric): Accumulator {
  const { type, labels: names, labelValues = {}, buckets = [] } = metric;
  const sums = new Map<string, Sums>();
  const keyOf = (labels: Labels): string => JSON.stringify(names.map((name) => labels[name]));
  const sumsOf = (labels: Labels): Sums => {
    const key = keyOf(labels);
    const known = sums.get(key) ?? {
      labels,
      counts: [...buckets, Number.POSITIVE_INFINITY].map(() => 0),
      sum: 0,
    };
    sums.set(key, known);
    return known;
  };
  const knownValues = combinations(labelValues);
  /** Creates the series of all known values, such as that of 5xx with the first request of a route. */
  const beginKnown = (labels: Labels): void => {
    for (const values of knownValues) {
      sumsOf({ ...labels, ...values });
    }
  };
  if (names.every((name) => name in labelValues)) {
    beginKnown({});
  }
  return {
    add: (labels, values) => {
      if (!sums.has(keyOf(labels))) {
        beginKnown(labels);
      }
      const series = sumsOf(labels);
      for (const value of values.map((each) => inBaseUnit(metric, each))) {
        const bucket = buckets.findIndex((bound) => value <= bound);
        const index = bucket === -1 ? buckets.length : bucket;
        series.counts[index] = (series.counts[index] ?? 0) + 1;
        series.sum += value;
      }
    },
    family: () => ({
      metric,
      series: [...sums.values()].map(({ labels, counts, sum }): Series => {
        const value = type === 'histogram' ? { counts: [...counts], sum } : sum;
        return { labels, value };
      }),
    }),
  };
}

/** Returns each combination of the values of labels. Without labels, there is one. */
const combinations = (labelValues: Readonly<Record<string, readonly string[]>>): Labels[] =>
  Object.entries(labelValues).reduce<Labels[]>(
    (all, [label, values]) => all.flatMap((one) => values.map((value) => ({ ...one, [label]: value }))),
    [{}],
  );

const registry = createRegistry();

/** Adds measurements to the counters and histograms of this process, which only the stage `local` shows. */
export const addToLocalRegistry = (measurements: readonly Measurement[]): void => registry.add(measurements);

/** Returns the counters and histograms of this process. */
export const localFamilies = (): MetricFamily[] => registry.families();
