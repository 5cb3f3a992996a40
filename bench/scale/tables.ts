import { table } from '../../deployment/cost/markdown.ts';
import { CORES_PER_ACU } from '../../deployment/cost/workload.ts';
import { awsPipeline, type StageCapacity } from './aws-pipeline.ts';
import { inputs } from './inputs.ts';
import { ceilings, defaultStage, limits, storedPerSecond } from './limits.ts';
import { latencies, randomArrivals, simulate } from './pipeline.ts';

const SECONDS_PER_DAY = 86_400;
const ORDERS_PER_DAY = [10_000_000, 100_000_000];
const PARTITIONS = [6, 12, 24, 48];
const SIMULATED_SECONDS = 20;

const count = (number: number): string => Math.round(number).toLocaleString('en');
const percent = (share: number): string => {
  const text = share > 0 && share < 0.005 ? '< 1 %' : `${count(share * 100)} %`;
  return share > 1 ? `**${text}**` : text;
};
const peak = (ordersPerDay: number): number => (ordersPerDay / SECONDS_PER_DAY) * inputs.peakFactor.value;

/** The tables of docs/scale.md, by name: Markdown without a line break at either end. */
export function scaleTables(): Readonly<Record<string, string>> {
  return {
    loads: table(
      [
        'orders a day',
        'average, orders/s',
        'peak, orders/s',
        'PostgreSQL, GB a year',
        'Kafka, GB of each broker',
      ],
      ORDERS_PER_DAY.map((orders) => [
        count(orders),
        count(orders / SECONDS_PER_DAY),
        count(peak(orders)),
        count((orders * 365 * inputs.rowBytes.value) / 1e9),
        count((orders * 7 * inputs.recordBytes.value) / 1e9),
      ]),
    ),
    limits: table(
      [
        'limit',
        'number',
        'orders/s',
        ...ORDERS_PER_DAY.map((orders) => `peak of ${orders / 1e6} M`),
        'source',
        'next step',
      ],
      limits().map(({ is, number, ordersPerSecond, source, nextStep }) => [
        is,
        number,
        count(ordersPerSecond),
        ...ORDERS_PER_DAY.map((orders) => percent(peak(orders) / ordersPerSecond)),
        source,
        nextStep,
      ]),
    ),
    ceilings: table(
      ['resource', 'at most', 'limit', 'used', 'source', 'next step'],
      ceilings().map(({ is, atMost, limit, source, nextStep }) => [
        is,
        count(atMost),
        count(limit),
        percent(atMost / limit),
        source,
        nextStep,
      ]),
    ),
    rates: table(
      [
        'orders/s',
        'window, ms',
        'orders per batch',
        'stored after, p50, ms',
        'p99, ms',
        'executions busy',
        'database, cores',
      ],
      [
        ...ORDERS_PER_DAY.flatMap((orders) => [orders / SECONDS_PER_DAY, peak(orders)]).flatMap((rate) =>
          [defaultStage.windowMs, 0].map((windowMs) => rateRow(rate, { ...defaultStage, windowMs })),
        ),
      ],
    ),
    partitions: table(
      ['partitions', 'orders/s, 16 capacity units', 'orders/s, 64 capacity units', 'peak of 100 M'],
      PARTITIONS.map((partitions) => {
        const [with16 = Number.NaN, with64 = Number.NaN] = [16, 64].map((maximumAcu) =>
          storedPerSecond({ ...defaultStage, partitions, concurrency: partitions, maximumAcu }),
        );
        return [`${partitions}`, count(with16), count(with64), percent(peak(100_000_000) / with16)];
      }),
    ),
    inputs: table(
      ['input', 'value', 'source'],
      Object.values(inputs).map(({ is, value, because }) => [is, value.toLocaleString('en'), because]),
    ),
  };
}

function rateRow(ordersPerSecond: number, stage: StageCapacity): string[] {
  const arrivals = randomArrivals(stage.partitions, ordersPerSecond, SIMULATED_SECONDS, seededRandom());
  const run = simulate(awsPipeline(stage), arrivals);
  const times = latencies(run);
  const at = (share: number): string => count(times[Math.floor(times.length * share)] ?? Number.NaN);
  return [
    count(ordersPerSecond),
    count(stage.windowMs),
    count(times.length / run.batches.length),
    at(0.5),
    at(0.99),
    percent(run.busyMs / (run.ms * stage.concurrency)),
    ((run.used.database ?? 0) * stage.maximumAcu * CORES_PER_ACU).toFixed(2),
  ];
}

/** Returns the same numbers at each call, so that the tables stay the same. The generator of Park and Miller. */
function seededRandom(): () => number {
  let state = 1;
  return () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
