import { readFileSync } from 'node:fs';
import { openEnvironment } from './cold-process.ts';
import { startObservedProcess } from './observed-process.ts';
import { startOwnServers } from './own-servers.ts';
import { newOrder, preparedEvents } from './prepared-events.ts';

/** The CPU time of one kind of work. */
export interface WorkProfile {
  readonly name: string;
  /** µs per order, by layer. */
  readonly microseconds: ReadonlyMap<string, number>;
}

interface Work {
  readonly name: string;
  readonly file: string;
  readonly concurrency: number;
  readonly orders: number;
  readonly events: (orders: number) => unknown[];
}

const createOrder = JSON.parse(readFileSync('events/create-order.json', 'utf8'));

/** Returns requests without an order id, so that the function creates it. */
const requests = (orders: number): unknown[] =>
  Array.from({ length: orders }, () => {
    const { customer_id, product_id, quantity, price } = newOrder();
    return { ...createOrder, body: JSON.stringify({ customer_id, product_id, quantity, price }) };
  });

const REQUEST = 'functions/http/create-order.ts';
const BATCH = 'functions/kafka/process-orders.ts';

const requestWorks: readonly Work[] = [
  { name: '1 at a time', file: REQUEST, concurrency: 1, orders: 5_000, events: requests },
  { name: '50 at a time', file: REQUEST, concurrency: 50, orders: 20_000, events: requests },
];

const batchWorks: readonly Work[] = [1_000, 100].map((size) => ({
  name: `batches of ${size}`,
  file: BATCH,
  concurrency: 1,
  orders: 20_000,
  events: (orders) => preparedEvents(orders / size, size),
}));

/** Profiles create-order and process-orders against real Kafka and PostgreSQL, each in a process of its own. */
export async function benchProfile(): Promise<{ requests: WorkProfile[]; batches: WorkProfile[] }> {
  await using servers = await startOwnServers();
  const environment = openEnvironment(servers);
  return {
    requests: await profileAll(requestWorks, environment),
    batches: await profileAll(batchWorks, environment),
  };
}

async function profileAll(
  works: readonly Work[],
  environment: Readonly<Record<string, string>>,
): Promise<WorkProfile[]> {
  using observed = startObservedProcess(environment);
  const profiles: WorkProfile[] = [];
  for (const { name, file, concurrency, orders, events } of works) {
    await observed.call(file, events(orders), concurrency); // warm-up
    const times = await observed.profile(file, events(orders), concurrency);
    const microseconds = new Map(Object.entries(times).map(([layer, us]) => [layer, us / orders]));
    profiles.push({ name, microseconds });
  }
  return profiles;
}

/** Returns a table with a row for each layer that takes time. */
export function profileTable(profiles: readonly WorkProfile[]): string[] {
  const row = (name: string, values: readonly number[]): string =>
    `| ${[name, ...values.map((value) => value.toFixed(1))].join(' | ')} |`;
  const names = [...(profiles[0]?.microseconds.keys() ?? [])];
  const rows = names.map((name) => ({ name, values: profiles.map((p) => p.microseconds.get(name) ?? 0) }));
  const totals = profiles.map(({ microseconds }) =>
    [...microseconds.values()].reduce((sum, us) => sum + us, 0),
  );
  return [
    `| µs of CPU time per order | ${profiles.map(({ name }) => name).join(' | ')} |`,
    `|---|${profiles.map(() => '---|').join('')}`,
    ...rows
      .filter(({ values }) => values.some((value) => value >= 0.05))
      .map(({ name, values }) => row(name, values)),
    row('sum', totals),
  ];
}
