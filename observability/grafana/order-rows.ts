import { burnRates, OBJECTIVE_WINDOW } from '../slo/burn-rates.ts';
import { objectives } from '../slo/objectives.ts';
import { burnRate } from '../slo/rules.ts';
import type { Panel, Row } from './panels.ts';
import { highest, ofStage, perSecond, quantile, quantiles } from './queries.ts';

/** The panels of the dashboard from the top: a summary, the objectives, the orders, and the HTTP API. */

const LATE_SECONDS = 15 * 60;
const WARNING_SECONDS = 60;

const late = [
  { value: WARNING_SECONDS, color: 'orange' },
  { value: LATE_SECONDS, color: 'red' },
] as const;
const requests = 'orderly_http_request_duration_seconds_count';
const anyIsBad = [{ value: 1, color: 'red' }] as const;

const answers: readonly Panel[] = [
  {
    kind: 'stat',
    title: 'Accepted',
    description: 'Orders that Kafka has acknowledged, per second.',
    unit: 'suffix:/s',
    width: 4,
    queries: [{ expr: perSecond('orderly_orders_accepted_total'), legend: 'accepted' }],
  },
  {
    kind: 'stat',
    title: 'Completed',
    description: 'Orders that became COMPLETED, per second.',
    unit: 'suffix:/s',
    width: 4,
    queries: [
      { expr: perSecond('orderly_orders_changed_total', [], 'status="COMPLETED"'), legend: 'completed' },
    ],
  },
  {
    kind: 'stat',
    title: 'Lag',
    description:
      'Age of the oldest record that no function has processed. Clients see PENDING or 404 for its order.',
    unit: 's',
    width: 4,
    thresholds: late,
    runbook: 'processinglate',
    queries: [{ expr: highest('orderly_consumer_lag_age_seconds'), legend: 'age' }],
  },
  {
    kind: 'stat',
    title: 'Open dead letters',
    description: 'Records that could not take effect and wait for a decision.',
    unit: 'short',
    width: 4,
    thresholds: anyIsBad,
    runbook: 'opendeadletters',
    queries: [{ expr: highest('orderly_dead_letters_open'), legend: 'open' }],
  },
  {
    kind: 'stat',
    title: 'Scrape',
    description: 'Whether the last scrape read every value from PostgreSQL and Kafka.',
    unit: 'none',
    width: 4,
    below: 'red',
    thresholds: [{ value: 1, color: 'green' }],
    words: { 0: 'incomplete', 1: 'complete' },
    runbook: 'alerts-of-prometheus-only',
    queries: [{ expr: `min(${ofStage('orderly_scrape_success')})`, legend: 'complete' }],
  },
  {
    kind: 'stat',
    title: 'Version',
    description: 'The version of Orderly that answers the scrapes.',
    unit: 'none',
    width: 4,
    showsName: true,
    queries: [{ expr: ofStage('orderly_build_info'), legend: '{{version}}' }],
  },
];

const sloPanels: readonly Panel[] = [
  {
    kind: 'stat',
    title: 'Error budget left, 30 days',
    description:
      'Share of the error budget that is left. Below 0 the objective is missed. Without events there is no value.',
    unit: 'percentunit',
    width: 24,
    below: 'red',
    thresholds: [
      { value: 0, color: 'orange' },
      { value: 0.5, color: 'green' },
    ],
    runbook: 'service-level-objectives',
    queries: objectives.map(({ slo, title }) => ({
      expr: `1 - ${ofStage(burnRate(OBJECTIVE_WINDOW), `slo="${slo}"`)}`,
      legend: title,
    })),
  },
  ...burnRates.map(
    ({ severity, rate, long, short }): Panel => ({
      kind: 'timeseries',
      title: `Burn rate, ${long.name}`,
      description: `At 1 the error budget lasts exactly 30 days. Above ${rate}, ${severity === 'page' ? 'somebody is paged' : 'somebody gets a ticket'} if the last ${short.name} are above it too.`,
      unit: 'short',
      width: 8,
      thresholds: [{ value: rate, color: severity === 'page' ? 'red' : 'orange' }],
      runbook: 'service-level-objectives',
      queries: [{ expr: `${ofStage(burnRate(long.name))} >= 0`, legend: '{{slo}}' }],
    }),
  ),
];

const orderPanels: readonly Panel[] = [
  {
    kind: 'timeseries',
    title: 'Orders by state',
    description: 'Accepted orders and changes by the new state, per second.',
    unit: 'suffix:/s',
    width: 12,
    queries: [
      { expr: perSecond('orderly_orders_accepted_total'), legend: 'accepted' },
      { expr: perSecond('orderly_orders_changed_total', ['status']), legend: '{{status}}' },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Time to COMPLETED',
    description: 'From the acceptance of an order to the state COMPLETED. The objective is 30 s for 99 %.',
    unit: 's',
    width: 12,
    runbook: 'slocompletiontime',
    queries: quantiles('orderly_order_completion_seconds'),
  },
  {
    kind: 'heatmap',
    title: 'Time to COMPLETED, distribution',
    description: 'A second band shows the orders that wait for retries.',
    unit: 's',
    width: 12,
    runbook: 'slocompletiontime',
    expr: `sum by (le) (increase(${ofStage('orderly_order_completion_seconds_bucket')}[$__rate_interval]))`,
  },
  {
    kind: 'timeseries',
    title: 'Orders in PROCESSING',
    description:
      'Orders that wait for the receiver. If the line rises, the receiver decides on fewer orders than arrive.',
    unit: 'short',
    width: 12,
    runbook: 'callslate',
    queries: [{ expr: highest('orderly_orders_processing'), legend: 'PROCESSING' }],
  },
];

const apiPanels: readonly Panel[] = [
  {
    kind: 'timeseries',
    title: 'Requests by route',
    description: 'Requests per second.',
    unit: 'suffix:/s',
    width: 12,
    queries: [{ expr: perSecond(requests, ['route']), legend: '{{route}}' }],
  },
  {
    kind: 'timeseries',
    title: 'Answers by status',
    description: 'Answers per second. Answers with 5xx mean that Kafka, PostgreSQL or a function fails.',
    unit: 'suffix:/s',
    width: 12,
    runbook: 'apifailing',
    queries: [
      {
        expr: perSecond(requests, ['status_class']),
        legend: '{{status_class}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Time to accept an order',
    description:
      'POST /api/orders, answered with 2xx. Includes the acknowledgement by Kafka. The objective is 0.25 s for 99 %.',
    unit: 's',
    width: 12,
    runbook: 'sloacceptancelatency',
    queries: quantiles(
      'orderly_http_request_duration_seconds',
      'route="POST /api/orders",status_class="2xx"',
    ),
  },
  {
    kind: 'timeseries',
    title: 'Limit per principal',
    description: 'Requests that got 429, and requests that were accepted without a check, per second.',
    unit: 'suffix:/s',
    width: 12,
    runbook: 'ratelimitunchecked',
    queries: [
      { expr: perSecond('orderly_rate_limited_requests_total'), legend: 'rejected' },
      { expr: perSecond('orderly_rate_limit_unchecked_requests_total'), legend: 'unchecked' },
    ],
  },
  {
    kind: 'table',
    title: 'Routes',
    description: 'Values of the last minutes, by route. Reads with ?wait= take up to 20 s by design.',
    unit: 'short',
    width: 24,
    by: 'route',
    columns: [
      {
        title: 'requests',
        expr: perSecond(requests, ['route']),
        unit: 'suffix:/s',
      },
      {
        title: '5xx',
        expr: `(${perSecond(requests, ['route'], 'status_class="5xx"')} or 0 * ${perSecond(requests, ['route'])}) / ${perSecond(requests, ['route'])} >= 0`,
        unit: 'percentunit',
      },
      { title: 'p50', expr: quantile(0.5, 'orderly_http_request_duration_seconds', ['route']), unit: 's' },
      { title: 'p99', expr: quantile(0.99, 'orderly_http_request_duration_seconds', ['route']), unit: 's' },
    ],
  },
];

export const orderRows: readonly Row[] = [
  { title: 'Do orders flow?', panels: answers },
  { title: 'Service level objectives', panels: sloPanels },
  { title: 'Orders', panels: orderPanels },
  { title: 'HTTP API', panels: apiPanels },
];
