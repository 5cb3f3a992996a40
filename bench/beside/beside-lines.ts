import type { Percentiles } from '../../ops/load/percentiles.ts';
import type { HttpResult } from '../post-orders.ts';
import type { Comparison } from './beside.ts';
import type { HttpSide } from './http.ts';
import { ratiosOf, ratioText, spreadOf, spreadText } from './spread.ts';

/** Returns the lines of the results page. Ratios are the median of the rounds, with the range. */
export function besideLines(comparison: Comparison): string[] {
  return [
    ...httpLines(comparison.http),
    '',
    ...backlogLines(comparison.backlog),
    '',
    ...sendersLines(comparison.senders),
    '',
    ...latencyLines(comparison.latency),
  ];
}

const names: Readonly<Record<HttpSide, string>> = {
  start: '`npm start`',
  nodeHttp: 'behind `node:http`',
  accepting: 'accepts only',
  storing: 'accepts and stores',
};

const pairs = [
  ['start', 'accepting'],
  ['start', 'storing'],
  ['nodeHttp', 'accepting'],
  ['nodeHttp', 'storing'],
] as const;

function httpLines(rounds: Comparison['http']): string[] {
  const all = rounds.flatMap((round) => Object.values(round).flat());
  const connections = [...new Set(all.map((result) => result.connections))];
  const row = (ours: HttpSide, theirs: HttpSide, count: number): string => {
    const values = (side: HttpSide, of: (result: HttpResult) => number): number[] =>
      rounds.flatMap((round) => round[side].filter((result) => result.connections === count).map(of));
    const rates = ([ours, theirs] as const).map((side) => values(side, ({ perSecond }) => perSecond));
    const p99s = ([ours, theirs] as const).map((side) => values(side, ({ p99Ms }) => p99Ms));
    return cells([
      names[ours],
      names[theirs],
      count,
      ...rates.map((rate) => spreadText(spreadOf(rate))),
      ratioText(ratiosOf(rates[0] ?? [], rates[1] ?? [])),
      ...p99s.map((p99) => spreadText(spreadOf(p99), 1)),
    ]);
  };
  return [
    '### `POST /api/orders`, acknowledged by Kafka',
    '',
    'Orderly stores the orders and publishes their status events in the same run. The predecessor has one uvicorn worker; its consumer stores up to 500 orders per transaction in one table.',
    '',
    '| Orderly | predecessor | connections | Orderly, requests/s | predecessor, requests/s | ratio, Orderly to predecessor | Orderly, p99 ms | predecessor, p99 ms |',
    '|---|---|---|---|---|---|---|---|',
    ...pairs.flatMap(([ours, theirs]) => connections.map((count) => row(ours, theirs, count))),
    '',
    notAcceptedLine(all),
  ];
}

const notAcceptedLine = (results: readonly { readonly notAccepted: number }[]): string =>
  `Requests that were not accepted: ${results.reduce((sum, { notAccepted }) => sum + notAccepted, 0)}.`;

function backlogLines(rounds: Comparison['backlog']): string[] {
  const row = (name: string, side: 'start' | 'batch' | 'same' | 'each'): string => {
    const rates = rounds.map((round) => round[side]);
    const ratio = ratiosOf(
      rounds.map(({ start }) => start),
      rates,
    );
    return cells([name, spreadText(spreadOf(rates)), side === 'start' ? '' : ratioText(ratio)]);
  };
  return [
    '### A backlog in Kafka, until it is stored',
    '',
    'From the first commit to the last, directly after a checkpoint. "Two rows" is the work of Orderly before migration 0010: a row for a new order and a row for its first history entry, outbox, indexes, status events. Orderly now writes one row for a new order.',
    '',
    '| stored by | orders/s | ratio, Orderly to predecessor |',
    '|---|---|---|',
    row('Orderly under `npm start`: orders, history, outbox, indexes, status events', 'start'),
    row('predecessor, 500 orders per transaction, one table', 'batch'),
    row('predecessor, two rows per new order, 500 orders per transaction', 'same'),
    row('predecessor, one order per transaction, one table', 'each'),
  ];
}

const sendersLines = (results: Comparison['senders']): string[] => [
  '### Concurrent single sends, each awaited, and batches of 500',
  '',
  '| senders | Orderly, messages/s | kafka-python, messages/s | ratio, Orderly to predecessor |',
  '|---|---|---|---|',
  ...results.map(({ senders, orderly, predecessor }) =>
    cells([
      senders === 'batches' ? 'one, batches of 500' : senders,
      spreadText(spreadOf(orderly)),
      spreadText(spreadOf(predecessor)),
      ratioText(ratiosOf(orderly, predecessor)),
    ]),
  ),
];

const latencyLines = ({ orderly, predecessor }: Comparison['latency']): string[] => [
  '### POST → COMPLETED at 100 orders per second',
  '',
  'From the due time of the request until the order is read from PostgreSQL as COMPLETED, by polling every 5 ms. Orderly runs with `npm start -- --window 0`, the predecessor with its consumer of 500 orders per transaction.',
  '',
  '| | acknowledged, p50 ms | p99 ms | COMPLETED, p50 ms | p99 ms |',
  '|---|---|---|---|---|',
  ...Object.entries({ Orderly: orderly, predecessor }).map(([name, { acknowledged, completed }]) =>
    cells([name, ...milliseconds(acknowledged), ...milliseconds(completed)]),
  ),
  '',
  notAcceptedLine([orderly, predecessor]),
];

const milliseconds = ({ p50, p99 }: Percentiles): string[] =>
  [p50, p99].map((value) => (value ?? Number.NaN).toFixed(1));

const cells = (values: readonly (string | number)[]): string => `| ${values.join(' | ')} |`;
