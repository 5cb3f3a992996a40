import { monthly, sum } from './amounts.ts';
import { monthlyFloor, monthlyMonitoring, monthOf, perMillion, type Way } from './bill.ts';
import { orderlyMonth, postgresMonth, predecessorMonth } from './comparison.ts';
import { additions, growth, monthlyExtras } from './extras.ts';
import { inputs } from './inputs.ts';
import { levers } from './levers.ts';
import { exact, rowsOf, table, totals, whole } from './markdown.ts';
import { HOURS_PER_MONTH, prices } from './prices.ts';
import { productionStage, testStage } from './workload.ts';

const DAYS_PER_MONTH = HOURS_PER_MONTH / 24;
const ORDERS_PER_DAY = [10_000, 1_000_000, 10_000_000];

const millionsAMonth = (ordersADay: number): number => (ordersADay * DAYS_PER_MONTH) / 1e6;

/** The tables of docs/cost.md, by name: Markdown without a line break at either end. */
export function costTables(): Readonly<Record<string, string>> {
  return {
    floor: floorTable(),
    monitoring: monitoringTable(),
    network: networkTable(),
    extras: table(['addition', '$ a month'], rowsOf([monthlyExtras()], whole)),
    million: millionTable(),
    additions: additionsTable(),
    months: monthsTable(),
    growth: table(['growing cost', '$'], rowsOf([growth()])),
    levers: table(['lever', 'saves, $ a month'], rowsOf([levers(millionsAMonth(1_000_000))], whole)),
    predecessor: predecessorTable(),
    inputs: table(
      ['input', 'value', 'source'],
      Object.values(inputs).map(({ is, value, because }) => [is, value.toLocaleString('en'), because]),
    ),
    prices: table(
      ['price', '$', 'per', 'region', 'source'],
      Object.values(prices).map(({ of, usd, per, known, source }) => [of, exact(usd), per, known, source]),
    ),
  };
}

function floorTable(): string {
  const stages = [
    monthlyFloor(productionStage, 'provisioned'),
    monthlyFloor(productionStage, 'serverless'),
    monthlyFloor(testStage, 'provisioned'),
  ];
  return table(
    ['$ a month', 'production', '`kafka=serverless`', '`test=true`'],
    [...rowsOf(stages, whole), totals(stages, whole)],
  );
}

function monitoringTable(): string {
  const parts = [monthlyMonitoring(productionStage)];
  return table(['alarms, metrics, dashboard', '$ a month'], [...rowsOf(parts, whole), totals(parts, whole)]);
}

function networkTable(): string {
  const gateway = monthly(prices.nat.usd + prices.address.usd);
  return table(
    ['connection', '$ a month', 'reaches'],
    [
      [
        'a NAT gateway in each of three zones',
        whole(3 * gateway),
        'AWS and the internet; if a zone fails, the others keep their gateway',
      ],
      ['one NAT gateway', whole(gateway), 'the same, unless its zone fails'],
      [
        'endpoints for Lambda, STS and Secrets Manager, in three zones',
        whole(9 * monthly(prices.endpoint.usd)),
        'the services that on-demand mappings need; no token issuer, no receiver',
      ],
    ],
  );
}

function millionTable(): string {
  const ways = [perMillion('single'), perMillion('bulk')];
  return table(['$ per million orders', 'one by one', '1,000 at a time'], [...rowsOf(ways), totals(ways)]);
}

function additionsTable(): string {
  return table(
    ['addition, $ per million orders', 'one by one', '1,000 at a time'],
    rowsOf([additions('single'), additions('bulk')]),
  );
}

function monthsTable(): string {
  const floor = sum(monthlyFloor(productionStage, 'provisioned'));
  const cells = (millions: number, way: Way): string[] =>
    [1, 12].map((month) => whole(monthOf(month, floor, millions, way)));
  return table(
    [
      'orders a day',
      'one by one, first month, $',
      'twelfth month, $',
      '1,000 at a time, first month, $',
      'twelfth month, $',
    ],
    ORDERS_PER_DAY.map((orders) => {
      const millions = millionsAMonth(orders);
      return [orders.toLocaleString('en'), ...cells(millions, 'single'), ...cells(millions, 'bulk')];
    }),
  );
}

function predecessorTable(): string {
  return table(
    [
      '$ a month, without Kafka',
      'predecessor',
      'Orderly, one by one',
      'Orderly, 1,000 at a time',
      'PostgreSQL part of Orderly',
    ],
    [0, ...ORDERS_PER_DAY].map((orders) => {
      const millions = millionsAMonth(orders);
      return [
        orders === 0 ? 'no orders' : `${orders.toLocaleString('en')} orders a day`,
        whole(predecessorMonth(millions)),
        whole(orderlyMonth(millions, 'single')),
        whole(orderlyMonth(millions, 'bulk')),
        whole(postgresMonth(millions)),
      ];
    }),
  );
}
