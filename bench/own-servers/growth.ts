import { createDatabase, type Database } from '../../lib/postgres/database.ts';
import { type BatchGrowth, measureBatches } from './batch-growth.ts';
import { startOwnServers } from './own-servers.ts';
import { seedOrders } from './seed-orders.ts';

export interface GrowthResult extends BatchGrowth {
  readonly storedOrders: number;
}

const STORED_ORDERS = [50_000, 5_000_000];

/** Measures a batch of 1,000 new orders with few and with many stored orders. */
export async function benchGrowth(): Promise<GrowthResult[]> {
  await using servers = await startOwnServers();
  await using scope = new AsyncDisposableStack();
  const databases: Database[] = [];
  for (const storedOrders of STORED_ORDERS) {
    const url = await servers.createDatabase(`stored_${storedOrders}`);
    await seedOrders(url, storedOrders);
    databases.push(scope.use(createDatabase(url)));
  }
  const measured = await measureBatches(databases);
  return measured.map((growth, index) => ({ storedOrders: STORED_ORDERS[index] ?? Number.NaN, ...growth }));
}
