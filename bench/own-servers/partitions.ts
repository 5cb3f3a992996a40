import { selectOrdersPage } from '../../lib/orders/sql/select-orders.ts';
import { createDatabase, type Database, type Queryable } from '../../lib/postgres/database.ts';
import { median } from '../median.ts';
import { type BatchGrowth, measureBatches } from './batch-growth.ts';
import { type OwnServers, startOwnServers } from './own-servers.ts';
import { CUSTOMERS } from './prepared-events.ts';
import { seedOrders } from './seed-orders.ts';
import type { TableLayout } from './table-layouts.ts';

export interface PartitionsResult {
  readonly layout: TableLayout;
  readonly storedOrders: number;
  /** Compared with the same layout with few orders, directly after a checkpoint. */
  readonly afterCheckpoint: RelativeGrowth;
  /** The same without full pages in the log. */
  readonly withoutFullPages: RelativeGrowth;
  /** The newest 20 orders of a customer, and of all. */
  readonly customerPageMs: number;
  readonly newestPageMs: number;
}

export interface RelativeGrowth extends BatchGrowth {
  /** The time of a batch, divided by the time with few stored orders in the same minutes. */
  readonly ratio: number;
}

const FEW_ORDERS = 50_000;
const MANY_ORDERS = [5_000_000, 20_000_000];
const LAYOUTS: readonly TableLayout[] = ['plain', 'hash', 'range'];
const ORDERS_PER_PAGE = 20;
const PAGES = 300;
/** A checkpoint, or a large database that is deleted. */
const SLOW_STATEMENT_MS = 600_000;

/** Measures batches and lists for each layout of the tables. Only the databases of one layout exist at a time. */
export async function benchPartitions(): Promise<PartitionsResult[]> {
  await using servers = await startOwnServers();
  const results: PartitionsResult[] = [];
  for (const storedOrders of MANY_ORDERS) {
    for (const layout of LAYOUTS) {
      console.log(`${layout}: ${storedOrders} orders …`);
      results.push({ layout, storedOrders, ...(await measureLayout(servers, layout, storedOrders)) });
    }
  }
  return results;
}

async function measureLayout(
  servers: OwnServers,
  layout: TableLayout,
  storedOrders: number,
): Promise<Omit<PartitionsResult, 'layout' | 'storedOrders'>> {
  await using scope = new AsyncDisposableStack();
  const administrator = scope.use(createDatabase(servers.databaseUrl)).within(SLOW_STATEMENT_MS);
  const seeded = async (orders: number): Promise<Database> => {
    const name = `${layout}_${orders}`;
    const url = await servers.createDatabase(name);
    scope.defer(async () => void (await administrator.query(`DROP DATABASE ${name}`)));
    await seedOrders(url, orders, layout);
    return scope.use(createDatabase(url));
  };
  const few = await seeded(FEW_ORDERS);
  const many = await seeded(storedOrders);
  await administrator.query('CHECKPOINT');
  const afterCheckpoint = await measureGrowth(few, many);
  await setFullPages(administrator, 'off');
  const withoutFullPages = await measureGrowth(few, many);
  await setFullPages(administrator, 'on');
  return {
    afterCheckpoint,
    withoutFullPages,
    customerPageMs: await pageMs(many, () => `customer-${Math.floor(Math.random() * CUSTOMERS)}`),
    newestPageMs: await pageMs(many, () => undefined),
  };
}

async function measureGrowth(few: Database, many: Database): Promise<RelativeGrowth> {
  const [ofFew, ofMany] = await measureBatches([few, many]);
  if (ofFew === undefined || ofMany === undefined) {
    throw new Error('A database was not measured.');
  }
  return { ...ofMany, ratio: ofMany.batchMs / ofFew.batchMs };
}

async function setFullPages(administrator: Queryable, value: 'on' | 'off'): Promise<void> {
  await administrator.query(`ALTER SYSTEM SET full_page_writes = ${value}`);
  await administrator.query('SELECT pg_reload_conf()');
}

async function pageMs(database: Database, customerId: () => string | undefined): Promise<number> {
  const times: number[] = [];
  for (let page = 0; page < PAGES; page += 1) {
    const filter = { customerId: customerId() };
    const startedAt = performance.now();
    await selectOrdersPage(database, filter, undefined, ORDERS_PER_PAGE);
    times.push(performance.now() - startedAt);
  }
  return median(times);
}
