import { setTimeout as delay } from 'node:timers/promises';
import { pollUntil } from '../../../../cli/poll-until.ts';
import { type GroupPosition, ORDERS_GROUP } from '../checker/observations.ts';
import { readPositions } from '../checker/read-positions.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { describeFault, type Fault, type PlannedFault } from './fault.ts';
import type { Strike } from './in-batches.ts';
import { describeInFlight, type InFlight, type InFlightSource, readInFlight } from './in-flight.ts';
import { injectFault } from './inject-fault.ts';

/** An injected fault. Times in milliseconds. */
export interface InjectedFault {
  readonly fault: Fault;
  /** After the beginning of the load. */
  readonly atMs: number;
  readonly inFlight: InFlight;
  readonly strike: Strike;
  /** From the fault until all is healthy and all records of that moment are processed; null: not within a minute. */
  readonly recoveredAfterMs: number | null;
}

export interface FaultRun {
  readonly cluster: Cluster;
  readonly inFlight: InFlightSource;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Requests are short, so a moment without one ends soon, unless the load has ended. */
const REQUEST_TIMEOUT_MS = 1_000;
const RECOVERY_TIMEOUT_MS = 60_000;
/** Pause between recovery and the next fault, so that faults do not form one long outage. */
const QUIET_MS = 1_000;

/** Injects a schedule of faults, each at its time, but not before the system has recovered from the previous one. */
export async function runFaults(schedule: readonly PlannedFault[], run: FaultRun): Promise<InjectedFault[]> {
  const beganAt = performance.now();
  const injected: InjectedFault[] = [];
  for (const [index, { atMs, fault }] of schedule.entries()) {
    await delay(Math.max(QUIET_MS, beganAt + atMs - performance.now()), undefined, { signal: run.signal });
    const outcome = await injectOne(fault, beganAt, run);
    injected.push(outcome);
    const place = `fault ${index + 1}/${schedule.length} at ${seconds(outcome.atMs)}`;
    const what = `${describeFault(fault)}, ${describeStrike(outcome)} (in flight: ${describeInFlight(outcome.inFlight)})`;
    run.progress(`${place}: ${what}; ${describeRecovery(outcome)}`);
  }
  return injected;
}

async function injectOne(fault: Fault, beganAt: number, run: FaultRun): Promise<InjectedFault> {
  let hitAt = performance.now();
  let inFlight = await readInFlight(run.inFlight);
  const strike = await injectFault(fault, {
    cluster: run.cluster,
    beforeHit: async () => {
      await pollUntil(() => run.inFlight.requests() > 0, { intervalMs: 1, timeoutMs: REQUEST_TIMEOUT_MS });
      inFlight = await readInFlight(run.inFlight);
      hitAt = performance.now();
    },
  });
  const recovered = await hasRecovered(run);
  return {
    fault,
    atMs: Math.round(hitAt - beganAt),
    inFlight,
    strike,
    recoveredAfterMs: recovered ? Math.round(performance.now() - hitAt) : null,
  };
}

async function hasRecovered({ cluster, signal }: FaultRun): Promise<boolean> {
  const until = { intervalMs: 200, timeoutMs: RECOVERY_TIMEOUT_MS, signal };
  const isHealthy = await pollUntil(async () => (await cluster.findProblem()) === undefined, until);
  if (!isHealthy) {
    return false;
  }
  let ends: readonly GroupPosition[] | undefined;
  return pollUntil(async () => {
    const positions = await positionsOf(cluster);
    ends ??= positions;
    const committed = new Map(positions?.map((at) => [at.partition, at.committed]));
    return ends?.every(({ partition, end }) => (committed.get(partition) ?? 0) >= end) ?? false;
  }, until);
}

/** Undefined when Kafka does not answer. */
async function positionsOf({ brokers }: Cluster): Promise<readonly GroupPosition[] | undefined> {
  const positions = await readPositions(brokers).catch(() => []);
  const ofOrders = positions.filter(({ group }) => group === ORDERS_GROUP.group);
  return ofOrders.length > 0 ? ofOrders : undefined;
}

/** Marks a fault that missed its planned moment. */
export const describeStrike = ({ strike: { met, seen } }: InjectedFault): string =>
  met ? seen : `MISSED its moment: ${seen}`;

export const describeRecovery = ({ recoveredAfterMs }: InjectedFault): string =>
  recoveredAfterMs === null
    ? 'NOT recovered within a minute'
    : `recovered after ${seconds(recoveredAfterMs)}`;

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
