import { orderProcessing } from '../../lib/kafka/topics/topics.ts';
import type { flowMetrics } from '../../lib/observability/metrics/metrics.ts';

/**
 * The service level objectives. The Prometheus rules, the panels of the Grafana dashboard and the alarms of CloudWatch are
 * generated from this table; docs/operations.md explains each objective, and a test compares the two.
 */
export interface Objective {
  /** The name of the alert, and of the CloudWatch alarm. */
  readonly alert: string;
  /** The label `slo` of the recorded series. */
  readonly slo: string;
  readonly title: string;
  /** The property of a good event. */
  readonly promise: string;
  /** The share of events that may be bad. The objective is 1 minus this share. */
  readonly errorBudget: number;
  readonly indicator: Indicator;
  readonly summary: string;
  readonly description: string;
}

/** The events that count, and the bad ones among them. */
export interface Indicator {
  readonly events: Events;
  /** Events of their own, or the values of the histogram of `events` above a bound of its buckets. */
  readonly bad: Events | { readonly aboveSeconds: number };
}

/** Values of a histogram, or increases of a counter, with one of these combinations of labels. */
export interface Events {
  readonly metric: keyof typeof flowMetrics;
  readonly labels: readonly Labels[];
}

/** Label values by name, as in Prometheus. */
export type Labels = Readonly<Record<string, string>>;

const ACCEPTED_WITHIN_SECONDS = 0.25;
const COMPLETED_WITHIN_SECONDS = 30;

/** Requests to the routes that accept orders. */
const acceptance = (labels: Labels = {}): Events => ({
  metric: 'RequestDuration',
  labels: ['POST /api/orders', 'POST /api/orders/bulk'].map((route) => ({ route, ...labels })),
});

export const objectives: readonly Objective[] = [
  {
    alert: 'SloAcceptanceAvailability',
    slo: 'acceptance-availability',
    title: 'Acceptance, availability',
    promise: 'the requests that send orders are not answered with 5xx',
    errorBudget: 0.001,
    indicator: { events: acceptance(), bad: acceptance({ status_class: '5xx' }) },
    summary: 'Too many requests to accept orders fail.',
    description:
      'Requests to POST /api/orders or POST /api/orders/bulk get 5xx. Their orders are not accepted.',
  },
  {
    alert: 'SloAcceptanceLatency',
    slo: 'acceptance-latency',
    title: `Acceptance within ${ACCEPTED_WITHIN_SECONDS} s`,
    promise: `the requests whose orders are accepted are answered within ${ACCEPTED_WITHIN_SECONDS} s`,
    errorBudget: 0.01,
    indicator: {
      events: acceptance({ status_class: '2xx' }),
      bad: { aboveSeconds: ACCEPTED_WITHIN_SECONDS },
    },
    summary: 'Orders are accepted too slowly.',
    description: `Requests that accept orders take longer than ${ACCEPTED_WITHIN_SECONDS} s.`,
  },
  {
    alert: 'SloCompletionTime',
    slo: 'completion-time',
    title: `COMPLETED within ${COMPLETED_WITHIN_SECONDS} s`,
    promise: `the orders that become COMPLETED do so within ${COMPLETED_WITHIN_SECONDS} s of their acceptance`,
    errorBudget: 0.01,
    indicator: {
      events: { metric: 'CompletionTime', labels: [{}] },
      bad: { aboveSeconds: COMPLETED_WITHIN_SECONDS },
    },
    summary: 'Orders are completed too late.',
    description: `Orders become COMPLETED more than ${COMPLETED_WITHIN_SECONDS} s after their acceptance.`,
  },
  {
    alert: 'SloDeadLetterRate',
    slo: 'dead-letter-rate',
    title: 'Records that take effect',
    promise: `the records that ${orderProcessing.group} processes do not become dead letters`,
    errorBudget: 0.001,
    indicator: {
      events: { metric: 'BatchRecords', labels: [{ consumer_group: orderProcessing.group }] },
      bad: { metric: 'OpenedDeadLetters', labels: [{}] },
    },
    summary: 'Too many records become dead letters.',
    description: 'Records of the topic orders cannot take effect and become dead letters.',
  },
];
