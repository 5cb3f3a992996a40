import { describe, expect, test } from '@jest/globals';
import type { FactEvent, OperationEvent, OperationName } from '../../../../lib/observability/flow-events.ts';
import { metricDocuments } from '../../../../lib/observability/metrics/emf.ts';
import {
  factMeasurements,
  type Measurement,
  operationMeasurements,
} from '../../../../lib/observability/metrics/measurements.ts';
import {
  databaseGauges,
  flowMetrics,
  groupGauges,
  type Metric,
  metrics,
} from '../../../../lib/observability/metrics/metrics.ts';
import { embeddedMetrics } from '../../../support/embedded-metrics.ts';
import { aRecord } from '../../../support/records.ts';

const request = {
  requestId: 'request-1',
  method: 'GET',
  path: '/api/orders/o-1',
  route: 'GET /api/orders/{order_id}',
  orderId: 'o-1',
  traceparent: undefined,
};
const batch = {
  function: 'process-orders',
  requestId: 'request-1',
  consumerGroup: 'order-processing-group',
  records: [1, 2, 3].map((offset) => ({ topic: 'orders', partition: 0, offset, timestamp: 0, headers: [] })),
};
const failed = { ok: false, error: new Error('the database is unavailable') } as const;
const calls = { called: 1, released: 0, completed: 1, failed: 0, postponed: 0, leaseLost: 0 };

/** Returns what an operation of 12.5 ms measures. */
const measuredBy = <Name extends OperationName>(
  event: Pick<OperationEvent<Name>, 'name' | 'start' | 'outcome'>,
): readonly Measurement[] =>
  operationMeasurements({ startedAt: 0, durationMs: 12.5, ...event } as OperationEvent<Name>);

const produced = (type: 'order.created' | 'order.cancel_requested', acknowledged: number) =>
  measuredBy<'commands.produced'>({
    name: 'commands.produced',
    start: { type, orderIds: ['o-1', 'o-2'] },
    outcome: { ok: true, end: { acknowledged, failure: acknowledged < 2 ? 'kafka_unavailable' : undefined } },
  });
const answered = (status: number) =>
  measuredBy<'request.answered'>({
    name: 'request.answered',
    start: request,
    outcome: { ok: true, end: { status, fields: {} } },
  });
const processed = measuredBy<'batch.processed'>({
  name: 'batch.processed',
  start: batch,
  outcome: { ok: true, end: { created: 3, updated: 0, deadLetters: 0 } },
});
const called = measuredBy<'attempt.called'>({
  name: 'attempt.called',
  start: { orderId: 'o-1', attempt: 1, record: aRecord({}), receiver: { address: 'shop', port: 80 } },
  outcome: { ok: true, end: { kind: 'rejected', status: 409, reason: 'out of stock' } },
});
const relayed = (published: number) =>
  measuredBy<'outbox.relayed'>({
    name: 'outbox.relayed',
    start: { requestId: 'request-1' },
    outcome: { ok: true, end: { published, parked: 0, left: 0, oldestAgeMs: undefined } },
  });
const changed = factMeasurements({
  name: 'orders.changed',
  fact: {
    committedAt: 10_000,
    changes: [
      { orderId: 'o-1', status: 'COMPLETED', acceptedAt: 9_500 },
      { orderId: 'o-2', status: 'FAILED', acceptedAt: 9_500 },
      { orderId: 'o-3', status: 'COMPLETED', acceptedAt: 8_750 },
      { orderId: 'o-4', status: 'COMPLETED', acceptedAt: 10_001 },
      { orderId: 'o-5', status: 'CANCELLED' },
    ],
  },
});
const exhausted: FactEvent<'permits.exhausted'> = { name: 'permits.exhausted', fact: { limit: 60 } };
const opened: FactEvent<'dead_letter.opened'> = {
  name: 'dead_letter.opened',
  fact: {
    requestId: 'request-1',
    code: 'not_json',
    message: 'it is not JSON',
    record: { topic: 'orders', partition: 0, offset: 1 },
  },
};
const unchecked: FactEvent<'permits.unchecked'> = {
  name: 'permits.unchecked',
  fact: { requests: 7, failure: undefined },
};
const collected = factMeasurements({
  name: 'gauges.collected',
  fact: {
    gauges: {
      database: Object.fromEntries(Object.keys(databaseGauges).map((name) => [name, 1])),
      groups: {
        'order-processing-group': Object.fromEntries(Object.keys(groupGauges).map((name) => [name, 2])),
      },
    },
  },
});

describe('what the events measure', () => {
  test('a request: its time, by route and class of status', () => {
    expect(answered(404)).toEqual([
      {
        name: 'RequestDuration',
        labels: { route: 'GET /api/orders/{order_id}', status_class: '4xx' },
        values: [12.5],
      },
    ]);
  });

  test('produced commands: the acknowledged orders, and nothing for cancels', () => {
    expect(produced('order.created', 1)).toEqual([{ name: 'AcceptedOrders', labels: {}, values: [1] }]);
    expect(produced('order.created', 0)).toEqual([]);
    expect(produced('order.cancel_requested', 2)).toEqual([]);
  });

  test('a batch: its time and its records; a failed one: its time, because its records come again', () => {
    const group = { consumer_group: 'order-processing-group' };

    expect(processed).toEqual([
      { name: 'BatchDuration', labels: { ...group, result: 'processed' }, values: [12.5] },
      { name: 'BatchRecords', labels: group, values: [3] },
    ]);
    expect(measuredBy<'batch.processed'>({ name: 'batch.processed', start: batch, outcome: failed })).toEqual(
      [{ name: 'BatchDuration', labels: { ...group, result: 'failed' }, values: [12.5] }],
    );
  });

  test('a run of calls: a batch, if a consumer runs', () => {
    const { function: name, requestId, ...delivered } = batch;
    const run = (start: OperationEvent<'calls.made'>['start']): unknown[] =>
      measuredBy<'calls.made'>({ name: 'calls.made', start, outcome: { ok: true, end: calls } }).map(
        (measured) => measured.name,
      );

    expect(run({ function: name, requestId, delivered: { ...delivered, waiting: [] } })).toEqual([
      'BatchDuration',
      'BatchRecords',
    ]);
    expect(run({ function: name, requestId })).toEqual([]);
  });

  test('a call: its time, by result', () => {
    expect(called).toEqual([{ name: 'AttemptDuration', labels: { result: 'rejected' }, values: [12.5] }]);
  });

  test('a run of the relay: the published rows', () => {
    expect(relayed(4)).toEqual([{ name: 'RelayedOutboxRows', labels: {}, values: [4] }]);
    expect(relayed(0)).toEqual([]);
  });

  test('changed orders: a count by state, and the seconds from the acceptance to the commit', () => {
    expect(changed).toEqual([
      { name: 'ChangedOrders', labels: { status: 'COMPLETED' }, values: [3] },
      { name: 'ChangedOrders', labels: { status: 'FAILED' }, values: [1] },
      { name: 'ChangedOrders', labels: { status: 'CANCELLED' }, values: [1] },
      { name: 'CompletionTime', labels: {}, values: [0.5, 1.25, 0] },
    ]);
  });
});

const everything: readonly Measurement[] = [
  answered(202),
  produced('order.created', 2),
  processed,
  called,
  relayed(1),
  changed,
  factMeasurements(exhausted),
  factMeasurements(opened),
  factMeasurements(unchecked),
  collected,
].flat();

test('every metric of the functions and every gauge is measured by an event, with the labels of the table', () => {
  const expected = Object.keys({ ...databaseGauges, ...groupGauges, ...flowMetrics });

  expect(new Set(everything.map(({ name }) => name))).toEqual(new Set(expected));
  for (const { name, labels } of everything) {
    const { labels: names, labelValues = {} }: Metric = metrics[name];
    expect([name, Object.keys(labels)]).toEqual([name, names]);
    for (const [label, known] of Object.entries(labelValues)) {
      expect(known).toContain(labels[label]);
    }
  }
});

test('in CloudWatch every metric has exactly the sets of dimensions of the table, and its unit', () => {
  const lines = metricDocuments(everything, 'prod', 1_700_000_000_000);

  for (const { name, unit, dimensions } of lines.flatMap(embeddedMetrics)) {
    const entry = Object.entries<Metric>(metrics).find(([key]) => key === name)?.[1];
    expect({ name, unit, dimensions: dimensions.map((set) => Object.keys(set)) }).toEqual({
      name,
      unit: entry?.unit,
      dimensions: entry?.dimensionSets.map((set) => ['Stage', ...set]),
    });
  }
});

test('members of a log line for CloudWatch are in PascalCase, so none is a field of a log line', () => {
  for (const line of metricDocuments(everything, 'prod', 0)) {
    const { _aws, ...members } = line;
    expect(Object.keys(members).filter((member) => !/^([A-Z][a-z]+)+$/.test(member))).toEqual([]);
  }
});
