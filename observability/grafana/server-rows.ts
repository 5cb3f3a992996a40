import type { Panel, Row } from './panels.ts';
import { highest, ofStage, perSecond, quantile, quantiles } from './queries.ts';

/** The panels of Kafka, of dead letters and the outbox, of the receiver, and of PostgreSQL. */

const byGroup = ['consumer_group'] as const;

const kafkaPanels: readonly Panel[] = [
  {
    kind: 'timeseries',
    title: 'Age of the oldest unprocessed record',
    description: 'The lag of each consumer group in time. Kafka deletes records after 168 hours.',
    unit: 's',
    width: 8,
    thresholds: [{ value: 900, color: 'red' }],
    runbook: 'processinglate',
    queries: [{ expr: highest('orderly_consumer_lag_age_seconds', byGroup), legend: '{{consumer_group}}' }],
  },
  {
    kind: 'timeseries',
    title: 'Unprocessed records',
    description: 'Records that wait to be processed. A peak is normal if the line falls afterwards.',
    unit: 'short',
    width: 8,
    runbook: 'processinglate',
    queries: [{ expr: highest('orderly_consumer_lag_records', byGroup), legend: '{{consumer_group}}' }],
  },
  {
    kind: 'timeseries',
    title: 'Offset of the oldest unprocessed record',
    description:
      'If the line is flat while records wait, a partition is stalled. 0 means that no record waits.',
    unit: 'none',
    width: 8,
    runbook: 'processingstalled',
    queries: [
      { expr: highest('orderly_consumer_oldest_waiting_offset', byGroup), legend: '{{consumer_group}}' },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Arriving and committed records',
    description:
      'Records per second, from the offsets in Kafka. If more records arrive than are committed, the lag grows.',
    unit: 'suffix:/s',
    width: 12,
    runbook: 'scaling-up',
    queries: [
      {
        expr: `max by (consumer_group) (deriv(${ofStage('orderly_consumer_end_offsets')}[5m]))`,
        legend: '{{consumer_group}}: arrive',
      },
      {
        expr: `max by (consumer_group) (deriv(${ofStage('orderly_consumer_committed_offsets')}[5m]))`,
        legend: '{{consumer_group}}: committed',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Batches by result',
    description: 'Batches per second. A failed batch is delivered again.',
    unit: 'suffix:/s',
    width: 12,
    runbook: 'functionerrors',
    queries: [
      {
        expr: perSecond('orderly_batch_duration_seconds_count', ['consumer_group', 'result']),
        legend: '{{consumer_group}}: {{result}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Time of a batch, p99',
    description: 'Includes the publication of the status events. The timeout is 60 s.',
    unit: 's',
    width: 12,
    runbook: 'functionslow',
    queries: [
      { expr: quantile(0.99, 'orderly_batch_duration_seconds', byGroup), legend: '{{consumer_group}}' },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Records per batch',
    description:
      'The mean. If it is the batch size of the event source, batches are full, and the function cannot keep up.',
    unit: 'short',
    width: 12,
    runbook: 'scaling-up',
    queries: [
      {
        expr: `${perSecond('orderly_batch_records_total', byGroup)} / ${perSecond('orderly_batch_duration_seconds_count', byGroup)} >= 0`,
        legend: '{{consumer_group}}',
      },
    ],
  },
];

const letterPanels: readonly Panel[] = [
  {
    kind: 'timeseries',
    title: 'Dead letters that wait',
    description: 'Records that wait for a decision: redrive or discard.',
    unit: 'short',
    width: 8,
    runbook: 'opendeadletters',
    queries: [{ expr: highest('orderly_dead_letters_open'), legend: 'open' }],
  },
  {
    kind: 'timeseries',
    title: 'Dead letters an hour, by reason',
    description: 'docs/errors.md explains each code.',
    unit: 'short',
    width: 8,
    runbook: 'a-producer-sends-only-poison',
    queries: [
      {
        expr: `sum by (code) (increase(${ofStage('orderly_dead_letters_opened_total')}[1h]))`,
        legend: '{{code}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Rows of the outbox',
    description:
      'Rows with status events or dead letters that wait to be published, and parked rows, which Kafka has permanently rejected.',
    unit: 'short',
    width: 8,
    runbook: 'outboxsetaside',
    queries: [
      { expr: highest('orderly_outbox_rows'), legend: 'to publish' },
      { expr: highest('orderly_outbox_parked_rows'), legend: 'parked' },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Age of the oldest row of the outbox',
    description: 'Status events and copies of dead letters are late by this time.',
    unit: 's',
    width: 12,
    thresholds: [{ value: 300, color: 'red' }],
    runbook: 'outboxlate',
    queries: [{ expr: highest('orderly_outbox_age_seconds'), legend: 'age' }],
  },
  {
    kind: 'timeseries',
    title: 'Rows that the relay published',
    description:
      'Rows per second. Usually 0, because events are published right after their commit. Above 0, this has failed.',
    unit: 'suffix:/s',
    width: 12,
    runbook: 'outboxlate',
    queries: [{ expr: perSecond('orderly_outbox_relayed_rows_total'), legend: 'relayed' }],
  },
];

const receiverPanels: readonly Panel[] = [
  {
    kind: 'timeseries',
    title: 'Calls by result',
    description: 'Calls to the receiver per second. A retryable call is repeated later.',
    unit: 'suffix:/s',
    width: 8,
    runbook: 'callsfailing',
    queries: [
      { expr: perSecond('orderly_attempt_duration_seconds_count', ['result']), legend: '{{result}}' },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Time of a call',
    description: 'The timeout of a call is 10 s.',
    unit: 's',
    width: 8,
    runbook: 'callslate',
    queries: quantiles('orderly_attempt_duration_seconds'),
  },
  {
    kind: 'timeseries',
    title: 'Calls that are due',
    description: 'Calls that are due and have not been made.',
    unit: 'short',
    width: 8,
    runbook: 'callslate',
    queries: [{ expr: highest('orderly_attempts_due'), legend: 'due' }],
  },
  {
    kind: 'timeseries',
    title: 'Time since the oldest due call fell due',
    description: 'After an outage of the receiver, the line falls as fast as the receiver answers.',
    unit: 's',
    width: 24,
    thresholds: [{ value: 900, color: 'red' }],
    runbook: 'callslate',
    queries: [{ expr: highest('orderly_attempts_due_age_seconds'), legend: 'age' }],
  },
];

const serverPanels: readonly Panel[] = [
  {
    kind: 'timeseries',
    title: 'Connections of PostgreSQL',
    description: 'Connections in use.',
    unit: 'short',
    width: 8,
    runbook: 'databaseconnections',
    queries: [{ expr: highest('orderly_database_connections'), legend: 'in use' }],
  },
  {
    kind: 'timeseries',
    title: 'Used share of the maximum number of connections',
    description: 'RDS Proxy uses at most 80 %. At 100 %, reads get 503 and batches wait.',
    unit: 'percentunit',
    width: 8,
    thresholds: [{ value: 0.7, color: 'red' }],
    runbook: 'databaseconnections',
    queries: [{ expr: highest('orderly_database_connections_used_ratio'), legend: 'in use' }],
  },
  {
    kind: 'timeseries',
    title: 'Time to read the gauges',
    description:
      'By source. If a source does not answer in time, its values are missing in the other panels.',
    unit: 's',
    width: 8,
    runbook: 'alerts-of-prometheus-only',
    queries: [{ expr: highest('orderly_scrape_duration_seconds', ['source']), legend: '{{source}}' }],
  },
];

export const serverRows: readonly Row[] = [
  { title: 'Kafka', panels: kafkaPanels },
  { title: 'Dead letters and outbox', panels: letterPanels },
  { title: 'Receiver', panels: receiverPanels },
  { title: 'PostgreSQL and scrape', panels: serverPanels },
];
