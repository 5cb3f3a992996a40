import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { sum } from '../../../deployment/cost/amounts.ts';
import { monthlyFloor, monthlyMonitoring, monthOf, perMillion } from '../../../deployment/cost/bill.ts';
import { orderlyMonth, postgresMonth, predecessor } from '../../../deployment/cost/comparison.ts';
import { additions, millionsADayOnDisks, monthlyExtras } from '../../../deployment/cost/extras.ts';
import { inputs } from '../../../deployment/cost/inputs.ts';
import { IRELAND_OVER_VIRGINIA, prices } from '../../../deployment/cost/prices.ts';
import { costTables } from '../../../deployment/cost/tables.ts';
import {
  COMPOSITE_ALARMS,
  dimensionValues,
  OBJECTIVE_ALARMS,
  productionStage,
} from '../../../deployment/cost/workload.ts';
import { objectiveAlarms } from '../../../deployment/stack/alarms/objective-alarms.ts';

const page = readFileSync('docs/cost.md', 'utf8');
const floor = monthlyFloor(productionStage, 'provisioned');

test.each(Object.entries(costTables()))(
  'the table "%s" of docs/cost.md is what the code computes',
  (_name, table) => {
    expect(page).toContain(`\n${table}\n`);
  },
);

test('the page has no other table', () => {
  const rules = page.match(/^\| ---.*$/gm) ?? [];

  expect(rules).toHaveLength(Object.keys(costTables()).length);
});

test('the figures in the sentences of the page are those of the code', () => {
  const withoutKafka = sum(floor) - floor.Kafka;
  const { recordBytes, secondEventBytes } = inputs;
  const figures = {
    floor: `about $${(Math.round(sum(floor) / 10) * 10).toLocaleString('en')} a month`,
    estimated: `$${Math.round(floor.Kafka + floor['RDS Proxy'])} of it are estimates`,
    raised: `${Math.round((IRELAND_OVER_VIRGINIA - 1) * 100)} per cent are added`,
    disks: `up to ${Math.floor(millionsADayOnDisks(recordBytes.value))} million orders a day`,
    disksWithReceiver: `${Math.floor(millionsADayOnDisks(recordBytes.value + secondEventBytes.value))} million with a receiver`,
    comparison: `$${Math.round(sum(predecessor()))} against $${Math.round(withoutKafka)} without orders`,
    withDatabase: `$${Math.round(withoutKafka - floor.PostgreSQL)} remain`,
  };

  for (const figure of Object.values(figures)) {
    expect(page.replaceAll('\n', ' ')).toContain(figure);
  }
});

test('the alarms of the objectives are those of their template, and a part of all alarms', () => {
  const template = JSON.stringify(objectiveAlarms('prod', {}));
  const monitoring = Object.values(monthlyMonitoring(productionStage));

  expect(template.match(/"MetricStat"/g)).toHaveLength(OBJECTIVE_ALARMS);
  expect(template.match(/CompositeAlarm/g)).toHaveLength(COMPOSITE_ALARMS);
  expect(Math.min(...monitoring)).toBeGreaterThan(0);
});

test('the floor is the brokers with their disks, two small databases, the proxy at its minimum, and three NAT gateways', () => {
  expect(floor.Kafka).toBeCloseTo(1.12 * (3 * 730 * 0.204 + 300 * 0.1));
  expect(floor.PostgreSQL).toBeCloseTo(2 * 730 * 2 * 0.14);
  expect(floor['RDS Proxy']).toBeCloseTo(1.12 * 730 * 8 * 0.015);
  expect(floor['NAT gateways']).toBeCloseTo(3 * 730 * 0.053);
});

test('a million single orders are a million requests; in bulk they are a thousand', () => {
  const single = perMillion('single');
  const bulk = perMillion('bulk');

  expect(single['API Gateway']).toBeCloseTo(1.11);
  expect(single['answers to the internet']).toBeCloseTo(0.7 * 0.09);
  expect(bulk['API Gateway']).toBeCloseTo(0.00111);
  expect(bulk['Lambda, processing']).toBeCloseTo(0.0002 + 155 * 0.0000133334);
});

test('one invocation in a hundred starts cold, and is billed for half a second more', () => {
  expect(perMillion('single')['Lambda, accepting']).toBeCloseTo(0.2 + (25_000 + 5_000) * 0.0000133334);
});

test('the share of PostgreSQL and of the internal network is the same for single orders and for bulk', () => {
  const bulk = Object.entries(perMillion('bulk'));
  const stored = Object.entries(perMillion('single')).filter(([line]) => /PostgreSQL|zones|NAT/.test(line));

  expect(stored).toHaveLength(5);
  expect(bulk).toEqual(expect.arrayContaining(stored));
});

test('every month adds the orders of the months before it', () => {
  const month = (number: number): number => monthOf(number, 1000, 10, 'single');
  const stored = 10 * perMillion('single')['PostgreSQL, stored for a month'];

  expect(month(1)).toBeCloseTo(1000 + 10 * sum(perMillion('single')));
  expect(month(12)).toBeCloseTo(month(1) + 11 * stored);
});

test('a week of orders and their events fits on the disks of the floor as long as they are not 60 per cent full', () => {
  expect(millionsADayOnDisks(650)).toBeCloseTo(60e9 / 650 / 7 / 1e6);
});

test('a receiver is called in the batches that orders come in', () => {
  const [single, bulk] = [additions('single'), additions('bulk')].map(
    (each) => each['each order goes to a receiver'] ?? 0,
  );

  // 50,000 batches of 20 take one answer of 200 ms; 2,000 of 500 take ten, at 50 calls at once
  const lambda = (batches: number, ms: number): number =>
    batches * (0.2 / 1e6 + ((ms + 5) / 1000) * 0.0000133334 + 1.45e-6 * 0.57);
  expect((single ?? 0) - (bulk ?? 0)).toBeCloseTo(lambda(50_000, 260) - lambda(2_000, 2_060));
});

test('with a low latency each single order has its own invocation, log lines and commits', () => {
  const [single, bulk] = [additions('single'), additions('bulk')].map(
    (each) => each['each order is delivered at once, with `ordersLatency=low`'] ?? 0,
  );

  const lambda = (batches: number, ms: number): number =>
    batches * (0.2 / 1e6 + ((ms + 5) / 1000) * 0.0000133334 + 1.45e-6 * 0.57);
  const commits = 950_000 * 2 * (prices.databaseRequests.usd / 1e6);
  expect(single).toBeCloseTo(lambda(1_000_000, 20) - lambda(50_000, 30) + commits);
  expect(bulk).toBeLessThan(0.05);
});

test('permanently due calls keep retry-orders busy for 50 seconds of each minute', () => {
  const [busy] = Object.entries(monthlyExtras()).filter(([line]) => line.startsWith('`retryOrders`'));

  expect(busy?.[1]).toBeCloseTo(730 * 60 * 50 * 0.0000133334);
});

test('the predecessor is two instances, a load balancer and its addresses, and has no database', () => {
  expect(sum(predecessor())).toBeCloseTo(
    730 * (2 * prices.instance.usd + prices.balancer.usd + prices.balancerCapacity.usd + 3 * 0.005),
  );
});

test('the comparison with the predecessor has all of Orderly except Kafka', () => {
  const millions = 3;

  expect(orderlyMonth(millions, 'bulk')).toBeCloseTo(
    sum(floor) - floor.Kafka + millions * sum(perMillion('bulk')),
  );
  expect(postgresMonth(0)).toBeCloseTo(floor.PostgreSQL);
});

test('every route of the API has its own metrics, and the other routes, which are rarely used, count as one', () => {
  const service = readFileSync('serverless.yml', 'utf8');
  const routes = service.match(/httpApi: \w+ \/api\//g) ?? [];

  expect(dimensionValues.Route).toBe(routes.length + 1);
});
