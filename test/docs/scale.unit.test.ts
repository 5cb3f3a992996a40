import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { inputs } from '../../bench/scale/inputs.ts';
import { defaultStage, limits } from '../../bench/scale/limits.ts';
import { scaleTables } from '../../bench/scale/tables.ts';
import { functions } from '../../deployment/stack/functions.ts';
import { limits as throttle } from '../../deployment/stack/throttling.ts';
import { topics } from '../../lib/kafka/topics/topics.ts';

const page = readFileSync('docs/scale.md', 'utf8');
const tables = scaleTables();

test.each(Object.entries(tables))(
  'the table "%s" of docs/scale.md is what the code computes',
  (_name, table) => {
    expect(page).toContain(`\n${table}\n`);
  },
);

test('the page has no other table', () => {
  expect(page.match(/^\| ---.*$/gm)).toHaveLength(Object.keys(tables).length);
});

test('the stage of the tables is a stage with the default settings', () => {
  const service = readFileSync('serverless.yml', 'utf8');
  const infrastructure = parse(readFileSync('infrastructure/serverless.yml', 'utf8'));

  expect(service).toContain(`:ordersBatchSize, ${defaultStage.batchSize}}`);
  expect(infrastructure.params.default.databaseMaximumCapacity).toBe(defaultStage.maximumAcu);
  expect(topics.orders.partitions).toBe(defaultStage.partitions);
  expect(defaultStage.concurrency).toBe(defaultStage.partitions);
});

test('the limits are in ascending order, and the first one rejects a peak of 100 million orders a day', () => {
  const rates = limits().map(({ ordersPerSecond }) => ordersPerSecond);

  expect(rates).toEqual(rates.toSorted((a, b) => a - b));
  expect(rates[0]).toBe(1_500);
});

test('the relay works as long and in as large rounds as the tables assume', () => {
  expect(readFileSync('lib/outbox/relay-outbox.ts', 'utf8')).toContain('const ROWS_PER_ROUND = 20;');
  expect(readFileSync('serverless.yml', 'utf8')).toContain('works for at most 38 s');
});

test('a peak of ten million orders a day is below every limit, and far below those of the partitions and of the database', () => {
  const peak = (10_000_000 / 86_400) * inputs.peakFactor.value;
  const allowed = (name: string): number =>
    limits().find(({ is }) => is.includes(name))?.ordersPerSecond ?? Number.NaN;

  expect(peak / allowed('throttling')).toBeLessThan(0.5);
  expect(peak / allowed('partitions')).toBeLessThan(0.1);
  expect(peak / allowed('CPU')).toBeLessThan(0.1);
});

test('the reservation that the page names for a hundred million orders a day gives its rate', () => {
  const { requestMs = Number.NaN } = functions.createOrder;

  expect(page).toContain('1,200 reserved executions give 6,000 requests/s');
  expect(throttle(1_200, requestMs).ThrottlingRateLimit).toBe(6_000);
});

test('the reservations and the rate of an event poller unit under the table of limits are those of the code', () => {
  const reserved = Object.values(functions).reduce((sum, settings) => sum + settings.reserved, 0);
  const others = reserved - functions.createOrder.reserved;
  const { requestMs = Number.NaN } = functions.createOrder;
  const largest = 1_000 - 100 - others;

  expect(page).toContain(`could reserve ${largest} of them, because the other functions reserve ${others}.`);
  expect(page).toContain(`${largest} reserved executions give 2,140 requests/s`);
  expect(throttle(largest, requestMs).ThrottlingRateLimit).toBe(2_140);
  expect(page).toContain(
    '20 MB/s in total. Six pollers begin on one unit, which suffices for 25,000 orders/s',
  );
  expect(20e6 / inputs.payloadBytes.value).toBe(25_000);
});
