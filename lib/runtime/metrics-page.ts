import { version } from '../config/version.ts';
import { localFamilies } from '../observability/metrics/local-registry.ts';
import { factMeasurements } from '../observability/metrics/measurements.ts';
import { scrapeMetrics } from '../observability/metrics/metrics.ts';
import {
  gaugeFamilies,
  type MetricFamily,
  prometheusText,
} from '../observability/metrics/prometheus-text.ts';
import type { Scrape, ScrapedSource } from './scrape-gauges.ts';

/**
 * Returns the page of `GET /api/metrics`: the gauges, and how long it took to read them. Only the stage `local`, whose
 * functions share one process, also has the counters and histograms of this process.
 */
export function metricsPage({ gauges, sources }: Scrape, stage: string): string {
  return prometheusText([
    ...gaugeFamilies(factMeasurements({ name: 'gauges.collected', fact: { gauges } })),
    ...(stage === 'local' ? localFamilies() : []),
    ...scrapeFamilies(sources),
  ]);
}

const scrapeFamilies = (sources: readonly ScrapedSource[]): MetricFamily[] => [
  {
    metric: scrapeMetrics.ScrapeSuccess,
    series: sources.map(({ source, isRead }) => ({ labels: { source }, value: isRead ? 1 : 0 })),
  },
  {
    metric: scrapeMetrics.ScrapeDuration,
    series: sources.map(({ source, durationMs }) => ({ labels: { source }, value: durationMs / 1_000 })),
  },
  { metric: scrapeMetrics.BuildInfo, series: [{ labels: { version }, value: 1 }] },
];
