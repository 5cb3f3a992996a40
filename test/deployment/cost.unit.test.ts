import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { monthlyFloor, perMillion, predecessor, sum } from '../../deployment/cost/bill.ts';
import { prices } from '../../deployment/cost/prices.ts';
import { costTables } from '../../deployment/cost/tables.ts';
import { productionStage } from '../../deployment/cost/workload.ts';

const page = readFileSync('docs/cost.md', 'utf8');

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

test('the floor is the brokers with their disks, two small databases, the proxy at its least, and three ways out', () => {
  const floor = monthlyFloor(productionStage, 'provisioned');

  expect(floor.Kafka).toBeCloseTo(1.12 * (3 * 730 * 0.204 + 300 * 0.1));
  expect(floor.PostgreSQL).toBeCloseTo(2 * 730 * 2 * 0.14);
  expect(floor['RDS Proxy']).toBeCloseTo(1.12 * 730 * 8 * 0.015);
  expect(floor['NAT gateways']).toBeCloseTo(3 * 730 * 0.053);
});

test('a million single orders are a million requests; in bulk they are a thousand', () => {
  const single = perMillion('single');
  const bulk = perMillion('bulk');

  expect(single['API Gateway']).toBeCloseTo(1.11);
  expect(single['Lambda, accepting']).toBeCloseTo(0.2 + 25_000 * 0.0000133334);
  expect(bulk['API Gateway']).toBeCloseTo(0.00111);
  expect(bulk['Lambda, processing']).toBeCloseTo(0.0002 + 150 * 0.0000133334);
});

test('what an order takes of Kafka and PostgreSQL is the same, however it comes', () => {
  const single = perMillion('single');
  const bulk = perMillion('bulk');
  const stored = Object.keys(single).filter((line) => /Kafka|PostgreSQL|zones/.test(line));

  expect(stored).toHaveLength(5);
  expect(stored.map((line) => single[line])).toEqual(stored.map((line) => bulk[line]));
  expect(single['Kafka, a week on three brokers']).toBeCloseTo(0.65 * 3 * (168 / 730) * 0.112);
});

test('the predecessor is two instances, a load balancer and its addresses', () => {
  expect(sum(predecessor())).toBeCloseTo(
    730 * (2 * prices.instance.usd + prices.balancer.usd + prices.balancerCapacity.usd + 3 * 0.005),
  );
});
