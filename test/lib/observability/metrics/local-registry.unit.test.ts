import { expect, test } from '@jest/globals';
import { createRegistry, type Registry } from '../../../../lib/observability/metrics/local-registry.ts';
import { attemptResults, flowMetrics, type Metric } from '../../../../lib/observability/metrics/metrics.ts';
import { prometheusText } from '../../../../lib/observability/metrics/prometheus-text.ts';
import { deadLetterCodes } from '../../../../lib/orders/command.ts';
import { orderStatuses } from '../../../../lib/orders/order.ts';
import { parsePrometheusText } from '../../../support/prometheus-parser.ts';

const samplesOf = (registry: Registry, name: string) =>
  parsePrometheusText(prometheusText(registry.families())).get(name)?.samples;

test('a counter is the sum of its values, for each combination of labels', () => {
  const registry = createRegistry();
  registry.add([{ name: 'ChangedOrders', labels: { status: 'COMPLETED' }, values: [3] }]);
  registry.add([{ name: 'ChangedOrders', labels: { status: 'FAILED' }, values: [1] }]);
  registry.add([{ name: 'ChangedOrders', labels: { status: 'COMPLETED' }, values: [2, 1] }]);

  expect(samplesOf(registry, 'orderly_orders_changed_total')).toEqual([
    { name: 'orderly_orders_changed_total', labels: { status: 'PROCESSING' }, value: 0 },
    { name: 'orderly_orders_changed_total', labels: { status: 'COMPLETED' }, value: 6 },
    { name: 'orderly_orders_changed_total', labels: { status: 'FAILED' }, value: 1 },
    { name: 'orderly_orders_changed_total', labels: { status: 'CANCELLED' }, value: 0 },
  ]);
});

test('a histogram counts each value in the smallest bucket that has room for it, in seconds', () => {
  const registry = createRegistry();
  const labels = { route: 'GET /', status_class: '2xx' };
  registry.add([{ name: 'RequestDuration', labels, values: [1, 1.5, 20_000, 20_001] }]);

  const samples = (samplesOf(registry, 'orderly_http_request_duration_seconds') ?? []).filter(
    (sample) => sample.labels.status_class === '2xx',
  );

  const buckets = Object.fromEntries(
    samples.flatMap(({ labels: { le = '' }, name, value }) =>
      name.endsWith('_bucket') ? [[le, value]] : [],
    ),
  );
  expect(buckets).toMatchObject({ '0.001': 1, '0.0025': 2, '10': 2, '20': 3, '+Inf': 4 });
  expect(samples.slice(-2)).toEqual([
    { name: 'orderly_http_request_duration_seconds_sum', labels, value: expect.closeTo(40.0035) },
    { name: 'orderly_http_request_duration_seconds_count', labels, value: 4 },
  ]);
});

test('a series whose labels are all known is 0 from the start, so that Prometheus sees its first increase', () => {
  const parsed = parsePrometheusText(prometheusText(createRegistry().families()));
  const valuesOf = (name: string, label: string) =>
    new Set(parsed.get(name)?.samples.map(({ labels }) => labels[label]));

  const known = Object.values<Metric>(flowMetrics).filter(({ labels, labelValues = {} }) =>
    labels.every((label) => label in labelValues),
  );
  expect([...parsed.keys()]).toEqual(known.map(({ prometheus }) => prometheus));
  expect(valuesOf('orderly_dead_letters_opened_total', 'code')).toEqual(new Set(deadLetterCodes));
  expect(valuesOf('orderly_orders_changed_total', 'status')).toEqual(new Set(orderStatuses));
  expect(valuesOf('orderly_attempt_duration_seconds', 'result')).toEqual(new Set(attemptResults));
  const values = [...parsed.values()].flatMap(({ samples }) => samples.map(({ value }) => value));
  expect(new Set(values)).toEqual(new Set([0]));
});

test('the first request of a route begins its series of every class, and a rare class changes no other one', () => {
  const registry = createRegistry();
  const request = (status_class: string) =>
    registry.add([{ name: 'RequestDuration', labels: { route: 'GET /', status_class }, values: [1] }]);
  request('2xx');
  request('3xx');

  const counts = (samplesOf(registry, 'orderly_http_request_duration_seconds') ?? [])
    .filter(({ name }) => name.endsWith('_count'))
    .map(({ labels, value }) => [labels.status_class, value]);
  expect(counts).toEqual([
    ['2xx', 1],
    ['4xx', 0],
    ['5xx', 0],
    ['3xx', 1],
  ]);
});

test('values that are read are not changed by later measurements', () => {
  const registry = createRegistry();
  registry.add([{ name: 'CompletionTime', labels: {}, values: [1] }]);
  const before = registry.families();
  const text = prometheusText(before);

  registry.add([{ name: 'CompletionTime', labels: {}, values: [1] }]);

  expect(prometheusText(before)).toBe(text);
});
