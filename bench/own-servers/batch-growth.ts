import type { Database } from '../../lib/postgres/database.ts';
import { median } from '../median.ts';
import { preparedEvents } from './prepared-events.ts';
import { processEvent } from './process-orders.ts';

export interface BatchGrowth {
  readonly batchMs: number;
  readonly walBytesPerOrder: number;
}

const ORDERS_PER_BATCH = 1_000;
const ROUNDS = 8;
const BATCHES_PER_ROUND = 5;
const MEASURED_BATCHES = ROUNDS * BATCHES_PER_ROUND;

/**
 * Measures a batch of 1,000 new orders in each database. Alternates between the databases of one server, so that other load on
 * the machine affects all.
 */
export async function measureBatches(databases: readonly Database[]): Promise<BatchGrowth[]> {
  const measured = databases.map((database) => ({ database, times: [] as number[], walBytes: 0 }));
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const each of measured) {
      const { times, walBytes } = await measureRound(each.database);
      if (round > 0) {
        each.times.push(...times); // the first round is the warm-up
        each.walBytes += walBytes;
      }
    }
  }
  return measured.map(({ times, walBytes }) => ({
    batchMs: median(times),
    walBytesPerOrder: Math.round(walBytes / (MEASURED_BATCHES * ORDERS_PER_BATCH)),
  }));
}

async function measureRound(database: Database): Promise<{ times: number[]; walBytes: number }> {
  const events = preparedEvents(BATCHES_PER_ROUND, ORDERS_PER_BATCH);
  const walBefore = await walPosition(database);
  const times: number[] = [];
  for (const event of events) {
    const startedAt = performance.now();
    await processEvent(database, event);
    times.push(performance.now() - startedAt);
  }
  return { times, walBytes: (await walPosition(database)) - walBefore };
}

async function walPosition(database: Database): Promise<number> {
  const { rows } = await database.query<{ bytes: string }>(
    `SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') AS bytes`,
  );
  return Number(rows[0]?.bytes);
}
