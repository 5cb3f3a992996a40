import { createDatabase, type Database } from '../../lib/postgres/database.ts';
import { median } from '../median.ts';
import { startOwnServers } from './own-servers.ts';
import { preparedEvents } from './prepared-events.ts';
import { processEvent } from './process-orders.ts';
import { seedOrders } from './seed-orders.ts';

export interface GrowthResult {
  readonly storedOrders: number;
  readonly batchMs: number;
  readonly walBytesPerOrder: number;
}

const FEW_ORDERS = 50_000;
const MANY_ORDERS = 5_000_000;
const ORDERS_PER_BATCH = 1_000;
const ROUNDS = 8;
const BATCHES_PER_ROUND = 5;

interface Measured {
  readonly storedOrders: number;
  readonly database: Database;
  readonly times: number[];
  walBytes: number;
}

/**
 * Measures a batch of 1,000 new orders with few and with many stored orders. Alternates between two databases of one
 * server, so that other load on the machine affects both.
 */
export async function benchGrowth(): Promise<GrowthResult[]> {
  await using servers = await startOwnServers();
  await using scope = new AsyncDisposableStack();
  const databases: Measured[] = [];
  for (const storedOrders of [FEW_ORDERS, MANY_ORDERS]) {
    const url = await servers.createDatabase(`stored_${storedOrders}`);
    await seedOrders(url, storedOrders);
    databases.push({ storedOrders, database: scope.use(createDatabase(url)), times: [], walBytes: 0 });
  }
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const measured of databases) {
      await measureRound(measured, round > 0); // the first round is the warm-up
    }
  }
  const orders = ROUNDS * BATCHES_PER_ROUND * ORDERS_PER_BATCH;
  return databases.map(({ storedOrders, times, walBytes }) => ({
    storedOrders,
    batchMs: median(times),
    walBytesPerOrder: Math.round(walBytes / orders),
  }));
}

async function measureRound(measured: Measured, counts: boolean): Promise<void> {
  const events = preparedEvents(BATCHES_PER_ROUND, ORDERS_PER_BATCH);
  const walBefore = await walPosition(measured.database);
  for (const event of events) {
    const startedAt = performance.now();
    await processEvent(measured.database, event);
    if (counts) {
      measured.times.push(performance.now() - startedAt);
    }
  }
  if (counts) {
    measured.walBytes += (await walPosition(measured.database)) - walBefore;
  }
}

async function walPosition(database: Database): Promise<number> {
  const { rows } = await database.query<{ bytes: string }>(
    `SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') AS bytes`,
  );
  return Number(rows[0]?.bytes);
}
