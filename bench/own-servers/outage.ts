import { setTimeout as delay } from 'node:timers/promises';
import { orderProcessing } from '../../lib/kafka/topics/topics.ts';
import { createDatabase } from '../../lib/postgres/database.ts';
import { openLagReader } from '../../ops/load/consumer-lag.ts';
import type { LoadResult } from '../../ops/load/load-result.ts';
import { createOrderSender } from '../../ops/load/order-sender.ts';
import { runLoad } from '../../ops/load/run-load.ts';
import { commitRate, keepCommitTimes } from './commit-rate.ts';
import { type OwnServers, startOwnServers } from './own-servers.ts';
import { startOrderly } from './own-start.ts';

export interface OutageResult {
  readonly outageSeconds: number;
  readonly load: LoadResult;
  /** From the recovery of PostgreSQL to the first commit. */
  readonly secondsToFirstCommit: number;
  /** The rate for orders that were sent before the recovery. */
  readonly catchUpPerSecond: number;
}

const BEFORE_MS = 5_000;
const OUTAGE_MS = 60_000;
const LOAD = { rate: 2_000, seconds: 70, bulk: true, ordersPerRequest: 100, connections: 50 };

/** Kills the PostgreSQL of a real `npm start` under load and restarts it after a minute. */
export async function benchOutage(): Promise<OutageResult> {
  await using servers = await startOwnServers();
  await using database = createDatabase(servers.databaseUrl);
  await keepCommitTimes(servers, database);
  await using orderly = await startOrderly(servers);
  using lag = await openLagReader(servers.brokers, orderProcessing);
  using sender = createOrderSender({ apiUrl: orderly.apiUrl, ...LOAD });

  const observer = { onBegin: () => undefined, onSample: () => undefined };
  const [load, backAt] = await Promise.all([
    runLoad(LOAD, { sender, database, lag }, observer, new AbortController().signal),
    interruptPostgres(servers),
  ]);
  const { firstAt, ordersPerSecond } = await commitRate(database, { since: backAt, createdUntil: backAt });
  return {
    outageSeconds: OUTAGE_MS / 1_000,
    load,
    secondsToFirstCommit: (firstAt.getTime() - backAt.getTime()) / 1_000,
    catchUpPerSecond: ordersPerSecond,
  };
}

/** Resolves to the time when PostgreSQL accepts connections again. */
async function interruptPostgres(servers: OwnServers): Promise<Date> {
  await delay(BEFORE_MS);
  await servers.killPostgres();
  await delay(OUTAGE_MS);
  await servers.restartPostgres();
  return new Date();
}
