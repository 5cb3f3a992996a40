import type { Query } from './panels.ts';

/** PromQL for one stage. `stage` is a label of the scrape configuration, and a variable of the dashboard. */

/** Returns a selector for one stage. `labels` are further matchers, such as `route="POST /api/orders"`. */
export const ofStage = (metric: string, labels = ''): string =>
  `${metric}{stage="$stage"${labels === '' ? '' : `,${labels}`}}`;

/** Returns the increase per second of a counter, summed over the other labels. */
export const perSecond = (metric: string, by: readonly string[] = [], labels = ''): string =>
  sumBy(by, `rate(${ofStage(metric, labels)}[$__rate_interval])`);

/** Returns a gauge by some of its labels. Two processes of a stage measure the same, so the larger value is used. */
export const highest = (metric: string, by: readonly string[] = []): string =>
  by.length === 0 ? `max(${ofStage(metric)})` : `max by (${by.join(', ')}) (${ofStage(metric)})`;

/** Returns a quantile of a histogram. Without observations it is NaN, which `>= 0` removes. */
export const quantile = (share: number, histogram: string, by: readonly string[] = [], labels = ''): string =>
  `histogram_quantile(${share}, ${perSecond(`${histogram}_bucket`, [...by, 'le'], labels)}) >= 0`;

/** Returns the median, the 95th and the 99th percentile of a histogram. */
export const quantiles = (histogram: string, labels = ''): Query[] => [
  { expr: quantile(0.5, histogram, [], labels), legend: 'p50' },
  { expr: quantile(0.95, histogram, [], labels), legend: 'p95' },
  { expr: quantile(0.99, histogram, [], labels), legend: 'p99' },
];

const sumBy = (by: readonly string[], expr: string): string =>
  by.length === 0 ? `sum(${expr})` : `sum by (${by.join(', ')}) (${expr})`;
