import { setTimeout as delay } from 'node:timers/promises';
import { pollUntil } from '../../../../cli/poll-until.ts';
import { sendSignal } from '../../../../local/process/process-table.ts';
import { findUnassigned } from '../../../../local/readiness.ts';
import { queryOnce } from '../../../support/database.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Target, TargetName } from '../cluster/target.ts';
import type { TcpFault } from '../cluster/tcp-proxy.ts';
import type { Fault, FunctionsTarget, ServerTarget } from './fault.ts';
import { holdRelay } from './holds.ts';
import { type Injection, inBatches, type Strike } from './in-batches.ts';
import { loseBroker, moveLeader } from './lose-broker.ts';

/** How long to wait for the answers that are to be cut. */
const CUT_TIMEOUT_MS = 15_000;
const COMMIT_TIMEOUT_MS = 10_000;
/** More blocked batches than one process has partitions, so both processes have some. */
const BATCHES_OF_BOTH = 4;
const REBALANCE_TIMEOUT_MS = 20_000;
const TAKEN_OVER_MS = 2_000;
const LEFT_OVER_TIMEOUT_MS = 15_000;

/**
 * Injects one fault and ends it. When this resolves, killed processes run again and frozen ones continue, but the
 * system may not have recovered yet. A fault that misses its moment is injected all the same, and reported as missed.
 */
export async function injectFault(fault: Fault, injection: Injection): Promise<Strike> {
  const { cluster, beforeHit } = injection;
  switch (fault.kind) {
    case 'kill': {
      const strike = await inBatches(injection, () => kill(cluster, fault.targets));
      await delay(fault.awayMs);
      await start(cluster, fault.targets);
      return strike;
    }
    case 'kill-session':
      return inBatches(injection, () => killSession(cluster));
    case 'freeze': {
      const target = find(cluster, fault.target);
      const strike = await inBatches(injection, () => target.freeze());
      await delay(fault.lastsMs);
      target.thaw();
      return strike;
    }
    case 'latency': {
      await beforeHit();
      const connections = cluster.proxies[fault.server].connections();
      await disturb(cluster, fault.server, { kind: 'latency', ms: fault.ms }, fault.lastsMs);
      return { met: connections > 0, seen: `connections: ${connections}` };
    }
    case 'half-open':
      return halfOpen(injection, fault.server, fault.lastsMs);
    case 'cut-answers': {
      await beforeHit();
      const left = await disturb(cluster, fault.server, cutOf(fault.server, fault.answers), CUT_TIMEOUT_MS);
      return { met: left === 0, seen: `${fault.answers - left} of ${fault.answers} truncated` };
    }
    case 'kill-after-commit':
      return killAfterCommit(injection);
    case 'kill-relay':
      return killRelay(injection, fault.target);
    case 'two-owners':
      return twoOwners(injection, fault.target);
    case 'lose-broker':
      return loseBroker(injection, fault);
    case 'move-leader':
      return moveLeader(injection, fault.partition);
  }
}

async function halfOpen(injection: Injection, server: ServerTarget, lastsMs: number): Promise<Strike> {
  const { cluster } = injection;
  const proxy = cluster.proxies[server];
  let connections = 0;
  let disturbed: Promise<unknown> = Promise.resolve();
  const strike = await inBatches(injection, () => {
    connections = proxy.connections();
    disturbed = disturb(cluster, server, { kind: 'half-open' }, lastsMs);
  });
  await disturbed;
  return { met: strike.met && connections > 0, seen: `connections: ${connections}, ${strike.seen}` };
}

async function kill(cluster: Cluster, names: readonly TargetName[]): Promise<void> {
  await Promise.all(names.map((name) => find(cluster, name).kill()));
}

/** Starts the servers first, because the functions need them to become ready. */
async function start(cluster: Cluster, names: readonly TargetName[]): Promise<void> {
  const targets = names.map((name) => find(cluster, name));
  const isServer = (target: Target): boolean => target === cluster.kafka || target === cluster.postgres;
  await Promise.all(targets.filter(isServer).map((target) => target.start()));
  await Promise.all(targets.filter((target) => !isServer(target)).map((target) => target.start()));
}

async function killSession({ databaseUrl }: Cluster): Promise<void> {
  const [session] = await queryOnce(
    databaseUrl,
    `SELECT pid FROM pg_stat_activity WHERE application_name = 'orderly' ORDER BY xact_start LIMIT 1`,
  );
  if (session) {
    sendSignal(Number(session.pid), 'SIGKILL');
  }
}

/** With PostgreSQL, cuts answers to COMMIT, so that the client does not know whether the commit took effect. */
const cutOf = (server: ServerTarget, answers: number): TcpFault => ({
  kind: 'cut-answer',
  answers,
  ...(server === 'postgres' && { containing: 'COMMIT' }),
});

/** Returns how many of the answers to cut did not occur. */
async function disturb(
  { proxies }: Cluster,
  server: ServerTarget,
  fault: TcpFault,
  lastsMs: number,
): Promise<number> {
  const disturbance = proxies[server].begin(fault);
  await pollUntil(() => disturbance.isOver(), { intervalMs: 10, timeoutMs: lastsMs });
  const left = disturbance.answersLeft();
  disturbance.end();
  return left;
}

/** While Kafka is frozen, batches commit in PostgreSQL, but can neither publish nor commit their offsets. */
async function killAfterCommit(injection: Injection): Promise<Strike> {
  const { cluster } = injection;
  const names = cluster.functions.map(({ name }) => name);
  const since = new Date();
  let linesBefore = 0;
  const { met } = await inBatches(injection, async () => {
    cluster.kafka.freeze();
    linesBefore = await historyLines(cluster); // no line is added while the batches are blocked
  });
  const committed = await pollUntil(async () => (await openTransactions(cluster)) === 0, {
    intervalMs: 10,
    timeoutMs: COMMIT_TIMEOUT_MS,
  });
  await kill(cluster, names);
  const lines = (await historyLines(cluster)) - linesBefore;
  const rows = await rowsSince(cluster, since);
  cluster.kafka.thaw();
  await start(cluster, names);
  const seen = `${committed ? 'all committed' : 'NOT all committed'}, new history entries: ${lines}, remaining outbox rows: ${rows}`;
  return { met: met && committed && lines > 0, seen }; // a program without an outbox leaves no rows
}

async function historyLines({ databaseUrl }: Cluster): Promise<number> {
  const [row] = await queryOnce(databaseUrl, 'SELECT count(*)::int AS lines FROM order_status_history');
  return Number(row?.lines);
}

/**
 * Counts outbox rows that a killed process could not publish after its commit. A program without an outbox has none.
 */
async function rowsSince({ databaseUrl }: Cluster, since: Date): Promise<number> {
  const [row] = await queryOnce(
    databaseUrl,
    `SELECT count(*)::int AS rows FROM outbox WHERE created_at >= '${since.toISOString()}'`,
  );
  return Number(row?.rows);
}

async function openTransactions({ databaseUrl }: Cluster): Promise<number> {
  const [row] = await queryOnce(
    databaseUrl,
    `SELECT count(*)::int AS open FROM pg_stat_activity
     WHERE application_name = 'orderly' AND xact_start IS NOT NULL`,
  );
  return Number(row?.open);
}

/** Blocks deletes until some rows are old enough for the relay, which then blocks at its own delete. */
async function killRelay({ cluster, beforeHit }: Injection, name: FunctionsTarget): Promise<Strike> {
  await using hold = await holdRelay(cluster.databaseUrl);
  await pollUntil(async () => (await leftOver(cluster)) > 0, {
    intervalMs: 100,
    timeoutMs: LEFT_OVER_TIMEOUT_MS,
  });
  let isUnderWay = true;
  const relayed = cluster
    .invoke('relayOutbox', name)
    .catch(() => undefined) // its process is killed before it answers
    .finally(() => {
      isUnderWay = false;
    });
  const caught = await hold.untilCaught(1);
  await beforeHit();
  const isOurs = isUnderWay; // with a relay in another process, it would have returned at once
  await kill(cluster, [name]);
  await relayed;
  await hold.release();
  await start(cluster, [name]);
  const where = isOurs ? 'in this process' : 'NOT in this process';
  return { met: caught > 0 && isOurs, seen: `relays held at the delete: ${caught}, ${where}` };
}

/** Counts the rows that the relay publishes. It skips those of the last 5 s, which their writers publish. */
async function leftOver({ databaseUrl }: Cluster): Promise<number> {
  const [row] = await queryOnce(
    databaseUrl,
    `SELECT count(*)::int AS rows FROM outbox WHERE created_at < now() - interval '5.2 s'`,
  );
  return Number(row?.rows);
}

/** The frozen process continues with batches of partitions that the other process owns now. */
async function twoOwners(injection: Injection, name: FunctionsTarget): Promise<Strike> {
  const { cluster } = injection;
  const still = find(cluster, name);
  const others = cluster.functions.filter((target) => target !== still).map(({ pid }) => pid);
  const isShared = (await findUnassigned(cluster.brokers, others)) !== undefined;
  const { met, seen } = await inBatches(injection, () => still.freeze(), BATCHES_OF_BOTH);
  const hasMoved = await pollUntil(
    async () => (await findUnassigned(cluster.brokers, others)) === undefined,
    { intervalMs: 200, timeoutMs: REBALANCE_TIMEOUT_MS },
  );
  await delay(TAKEN_OVER_MS);
  still.thaw();
  const before = isShared ? '' : ', the other process had ALL partitions before';
  const owner = hasMoved
    ? 'the other process got all partitions'
    : 'the other process did NOT get all partitions';
  return { met: met && isShared && hasMoved, seen: `${seen}${before}, ${owner}` };
}

function find(cluster: Cluster, name: TargetName): Target {
  const all = [cluster.kafka, cluster.postgres, ...cluster.functions];
  const target = all.find((candidate) => candidate.name === name);
  if (!target) {
    throw new Error(`There is no ${name} in this cluster.`);
  }
  return target;
}
