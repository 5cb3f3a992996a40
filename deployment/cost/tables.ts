import { additions, type Bill, monthlyFloor, ownCompute, perMillion, predecessor, sum } from './bill.ts';
import { HOURS_PER_MONTH, type Price, prices } from './prices.ts';
import { inputs, productionStage, testStage } from './workload.ts';

const DAYS_PER_MONTH = HOURS_PER_MONTH / 24;
const ORDERS_PER_DAY = [10_000, 1_000_000, 10_000_000];

/** The tables of docs/cost.md, by name: Markdown without a line break at either end. */
export function costTables(): Readonly<Record<string, string>> {
  return {
    floor: floorTable(),
    million: millionTable(),
    additions: table(['in addition, per million orders', '$'], rowsOf([additions()])),
    months: monthsTable(),
    pollers: pollersTable(),
    network: networkTable(),
    predecessor: predecessorTable(),
    inputs: table(
      ['input', 'value', 'where from'],
      Object.values(inputs).map(({ is, value, because }) => [is, value.toLocaleString('en'), because]),
    ),
    prices: table(
      ['price', '$', 'per', 'found for'],
      Object.values(prices).map(({ of, usd, per, from }: Price) => [of, exact(usd), per, from]),
    ),
  };
}

function floorTable(): string {
  const stages = [
    monthlyFloor(productionStage, 'provisioned'),
    monthlyFloor(productionStage, 'serverless'),
    monthlyFloor(testStage, 'test'),
  ];
  return table(
    ['$ a month', 'production', '`kafka=serverless`', '`test=true`'],
    [...rowsOf(stages, whole), totals(stages, whole)],
  );
}

function millionTable(): string {
  const ways = [perMillion('single'), perMillion('bulk')];
  return table(['$ per million orders', 'one by one', '1,000 at a time'], [...rowsOf(ways), totals(ways)]);
}

function monthsTable(): string {
  const floor = sum(monthlyFloor(productionStage, 'provisioned'));
  const single = sum(perMillion('single'));
  const bulk = sum(perMillion('bulk'));
  return table(
    ['orders a day', 'one by one, $ a month', '1,000 at a time, $ a month'],
    ORDERS_PER_DAY.map((orders) => {
      const millions = (orders * DAYS_PER_MONTH) / 1e6;
      return [orders.toLocaleString('en'), whole(floor + millions * single), whole(floor + millions * bulk)];
    }),
  );
}

function pollersTable(): string {
  const unit = prices.pollers.usd * HOURS_PER_MONTH;
  return table(
    ['mode', '$ a month', 'what it is'],
    [
      [
        'on demand',
        '0',
        'the default; Lambda looks at the lag once a minute and takes up to three to follow',
      ],
      [
        'provisioned, one mapping',
        whole(unit),
        'one event poller unit: up to 10 pollers, together 20 MB/s, there before the load is',
      ],
      ['provisioned, both mappings', whole(2 * unit), 'each has a unit of its own'],
    ],
  );
}

function networkTable(): string {
  const gateway = (prices.nat.usd + prices.address.usd) * HOURS_PER_MONTH;
  const endpoint = prices.endpoint.usd * HOURS_PER_MONTH;
  return table(
    ['way out', '$ a month', 'what it reaches'],
    [
      [
        'a NAT gateway in each of three zones',
        whole(3 * gateway),
        'AWS and the internet; a zone that fails takes only its own along',
      ],
      ['one NAT gateway', whole(gateway), 'the same, as long as its zone is there'],
      [
        'endpoints for Lambda, STS and Secrets Manager, in three zones',
        whole(9 * endpoint),
        'what on-demand mappings need, and no issuer and no receiver',
      ],
    ],
  );
}

function predecessorTable(): string {
  const { proxy, perMillionSingle } = ownCompute();
  const before = sum(predecessor());
  return table(
    ['$ a month, beside the same cluster and database', 'predecessor', 'Orderly, one by one'],
    [
      ['nobody orders', whole(before), whole(proxy)],
      ...ORDERS_PER_DAY.map((orders) => [
        `${orders.toLocaleString('en')} orders a day`,
        whole(before),
        whole(proxy + ((orders * DAYS_PER_MONTH) / 1e6) * perMillionSingle),
      ]),
    ],
  );
}

const whole = (usd: number): string => Math.round(usd).toLocaleString('en');
const cents = (usd: number): string => (usd > 0 && usd < 0.005 ? '< 0.01' : usd.toFixed(2));
/** As many digits as a price has, without those of binary arithmetic. */
const exact = (usd: number): string => String(Number(usd.toPrecision(6)));

const rowsOf = (bills: readonly Bill[], format = cents): string[][] =>
  Object.keys(bills[0] ?? {}).map((line) => [line, ...bills.map((bill) => format(bill[line] ?? 0))]);

const totals = (bills: readonly Bill[], format = cents): string[] => [
  '**together**',
  ...bills.map((bill) => `**${format(sum(bill))}**`),
];

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
