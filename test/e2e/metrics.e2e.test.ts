import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createClient } from '../../client/src/index.ts';
import { flowMetrics } from '../../lib/observability/metrics/metrics.ts';
import { apiRequest } from '../support/api-request.ts';
import { produce } from '../support/consumer-topics.ts';
import { type RunningStart, startOrderly } from '../support/npm-start.ts';
import { type ParsedSample, parsePrometheusText } from '../support/prometheus-parser.ts';
import { describeWithPromtool, runPromtool } from '../support/promtool.ts';
import { until } from '../support/until.ts';

/** The counters and histograms of a local stack, with its own start, so that every number is known. */

let orderly: RunningStart;

const order = { customer_id: 'c-1', product_id: 'p-1', quantity: 2, price: 19.99 };

async function scrape(): Promise<string> {
  const answer = await fetch(`${orderly.apiUrl}/api/metrics`);
  expect(answer.status).toBe(200);
  return answer.text();
}

/** Returns the samples of a metric: its value, or the count of a histogram. */
function samplesOf(text: string, metric: keyof typeof flowMetrics): readonly ParsedSample[] {
  const { prometheus, type } = flowMetrics[metric];
  const name = type === 'histogram' ? `${prometheus}_count` : prometheus;
  return (parsePrometheusText(text).get(prometheus)?.samples ?? []).filter((sample) => sample.name === name);
}

/** Returns the values of a metric by its labels, in the order of the table. */
const valuesOf = (text: string, metric: keyof typeof flowMetrics): Record<string, number> =>
  Object.fromEntries(
    samplesOf(text, metric).map(({ labels, value }) => [Object.values(labels).join(' '), value]),
  );

/** Without the series that are 0 from the start. */
const measured = (values: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value > 0));

beforeAll(async () => {
  orderly = await startOrderly({ AUTH: 'none', FULFILMENT_URL: '' });
  const client = createClient({ baseUrl: orderly.apiUrl });
  const accepted = [await client.create(order), await client.create(order)];
  for (const { order: one } of await client.createMany([order, order, order])) {
    accepted.push(...(one ? [one] : []));
  }
  for (const { order_id } of accepted) {
    await client.waitFor(order_id);
  }
  await apiRequest(orderly.apiUrl, 'POST', '/api/orders', { ...order, quantity: 0 });
  await apiRequest(orderly.apiUrl, 'GET', '/api/orders/unknown');
  await apiRequest(orderly.apiUrl, 'GET', '/api/this/path/is/unknown');
  await apiRequest(orderly.apiUrl, 'PUT', '/api/orders', order);
  await produce('orders', [{ key: 'poison', value: 'no JSON' }], { brokers: [orderly.kafkaBrokers] });
  // A batch is counted after its dead letters, when its status events are published.
  await until('the batch of the poison is counted', async () => {
    const [records] = samplesOf(await scrape(), 'BatchRecords');
    return (records?.value ?? 0) >= 6;
  });
});
afterAll(() => orderly?.stop());

test('the counters have the orders, their changes, their records and the dead letter, and nothing else', async () => {
  const text = await scrape();

  expect(valuesOf(text, 'AcceptedOrders')).toEqual({ '': 5 });
  expect(valuesOf(text, 'ChangedOrders')).toEqual({ PROCESSING: 0, COMPLETED: 5, FAILED: 0, CANCELLED: 0 });
  expect(valuesOf(text, 'BatchRecords')).toEqual({ 'order-processing-group': 6 });
  expect(measured(valuesOf(text, 'OpenedDeadLetters'))).toEqual({ not_json: 1 });
  expect(valuesOf(text, 'RateLimitedRequests')).toEqual({ '': 0 });
});

test('the histograms have each request under its route, each batch and the time of each order', async () => {
  const text = await scrape();

  expect(valuesOf(text, 'RequestDuration')).toMatchObject({
    'POST /api/orders 2xx': 2,
    'POST /api/orders 4xx': 1,
    'POST /api/orders/bulk 2xx': 1,
    'GET /api/orders/{order_id} 4xx': 1,
    'other 4xx': 2,
  });
  expect(valuesOf(text, 'CompletionTime')).toEqual({ '': 5 });
  const batches = measured(valuesOf(text, 'BatchDuration'));
  expect(Object.keys(batches)).toEqual(['order-processing-group processed']);
  expect(text).not.toMatch(/\/unknown|this\/path/);
});

test('the gauges are those of its servers', async () => {
  const lines = [
    'orderly_dead_letters_open 1',
    'orderly_consumer_lag_records{consumer_group="order-processing-group"} 0',
    'orderly_scrape_success{source="database"} 1',
  ];

  // The gauges are read every 5 s. The first read can precede the commit of the batch.
  await until('the gauges have been read after the last batch', async () => {
    const page = (await scrape()).split('\n');
    return lines.every((line) => page.includes(line));
  });
});

test('npm start prints the address', () => {
  expect(orderly.output()).toContain(`Metrics     ${orderly.apiUrl}/api/metrics\n`);
});

describeWithPromtool('the page of a running stack', () => {
  test('is accepted by "promtool check metrics" without a complaint', async () => {
    expect(runPromtool(['check', 'metrics'], await scrape())).toEqual({ exitCode: 0, output: '' });
  });
});
