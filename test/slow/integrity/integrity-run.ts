import { randomBytes } from 'node:crypto';
import { freePort } from '../../../local/process/ports.ts';
import { queryOnce } from '../../support/database.ts';
import { forbid } from '../../support/log-record/log-record.ts';
import { check, type Verdicts } from './checker/check.ts';
import type { Drain } from './checker/is-drained.ts';
import type { Observations } from './checker/observations.ts';
import { observe } from './checker/observe.ts';
import { readTables } from './checker/read-tables.ts';
import { type Cluster, startCluster } from './cluster/cluster.ts';
import { drain } from './cluster/drain.ts';
import type { BrokerCount } from './cluster/kafka-part.ts';
import { recreateTopic } from './cluster/recreate-topic.ts';
import { redriveAll } from './cluster/redrive-all.ts';
import { sweep } from './cluster/sweep.ts';
import { describeFault, type PlannedFault } from './faults/fault.ts';
import { prepareRelayHold } from './faults/holds.ts';
import { describeInFlight } from './faults/in-flight.ts';
import { describeRecovery, describeStrike, type InjectedFault, runFaults } from './faults/run-faults.ts';
import { Journal } from './journal.ts';
import type { LoadPlan } from './load/planned-load.ts';
import { runLoad } from './load/run-load.ts';
import { startReceiver } from './receiver.ts';
import { type ReportedFault, type ReportedRun, readVersions } from './report.ts';
import { runCounts } from './run-counts.ts';

export interface IntegrityPlan {
  readonly seed: number;
  readonly load: LoadPlan;
  /** The load must last as long as the faults. */
  readonly commandsPerSecond: number;
  readonly faults: readonly PlannedFault[];
  /** Default: 1. */
  readonly brokers?: BrokerCount;
  /** The project, or a deliberately broken copy of it, with the code of the functions. */
  readonly projectDirectory: string;
  /** Runs after the migration and removes constraints that also protect the data. */
  readonly sql?: string;
  /** Time limit of each wait for remaining work. The verdicts count work that remains then. */
  readonly drainTimeoutMs: number;
  /** Returns whether the verdicts after the load suffice, so that the run skips the redrive and reports them twice. */
  readonly isEnough?: (verdicts: Verdicts) => boolean;
  /** Receives the journal of clients and receiver as lines of JSON. */
  readonly journalFile: string;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface IntegrityRun extends ReportedRun {
  readonly faults: readonly RunFault[];
  /** The drains before the two verdicts. Verdicts without a complete drain prove nothing. */
  readonly drains: readonly Drain[];
}

export interface RunFault extends ReportedFault {
  /** True if it hit at its planned moment. */
  readonly met: boolean;
  /** True if the system recovered within a minute. */
  readonly recovered: boolean;
}

/**
 * Runs load and faults against its own cluster, and checks the verdicts. Then redrives all letters and checks again.
 */
export async function runIntegrity(plan: IntegrityPlan): Promise<IntegrityRun> {
  const { progress, signal } = plan;
  const startedAt = new Date();
  await using journal = new Journal(plan.journalFile);
  const secret = `whsec_${randomBytes(24).toString('base64')}`;
  forbid('secret', secret);
  await using receiver = await startReceiver({ journal, seed: plan.seed, port: await freePort(), secret });
  await using cluster = await startCluster({
    brokers: plan.brokers ?? 1,
    projectDirectory: plan.projectDirectory,
    environment: { FULFILMENT_URL: receiver.url, FULFILMENT_SECRET: secret },
  });
  await prepareRelayHold(cluster.databaseUrl);
  if (plan.sql !== undefined) {
    await queryOnce(cluster.databaseUrl, plan.sql);
  }
  progress(`ready; ${plan.load.commands.size} commands to send`);

  const faults = await underFaults(plan, cluster, journal);
  progress(`all ${journal.acknowledged.size} commands acknowledged; draining`);
  const drains: Drain[] = [];
  const settled = async (): Promise<Observations> => {
    drains.push(await drain(cluster, { timeoutMs: plan.drainTimeoutMs, progress, signal }));
    return observe({ databaseUrl: cluster.databaseUrl, brokers: cluster.brokers });
  };
  const observations = await settled();
  const verdicts = check(plan.load, journal, observations);
  const counts = runCounts(plan.load, journal, observations);
  const afterRedrive = async (): Promise<Verdicts> => {
    progress(`redrive: ${await redriveAll(cluster, plan.projectDirectory)}`);
    const after = await settled();
    const judged = check(plan.load, journal, after, { redriven: true, before: observations });
    await recreateTopic(cluster, plan.load.recreation, { journal, progress, signal });
    const anew = { ...after, ...(await readTables(cluster.databaseUrl)) };
    return { ...judged, recreated: check(plan.load, journal, anew).recreated };
  };
  const verdictsAfterRedrive = plan.isEnough?.(verdicts) ? verdicts : await afterRedrive();

  return {
    seed: plan.seed,
    brokers: plan.brokers ?? 1,
    startedAt,
    durationMs: Date.now() - startedAt.getTime(),
    counts,
    faults: faults.map((injected) => ({
      atMs: injected.atMs,
      what: `${describeFault(injected.fault)}: ${describeStrike(injected)}; ${describeRecovery(injected)}`,
      inFlight: describeInFlight(injected.inFlight),
      met: injected.strike.met,
      recovered: injected.recoveredAfterMs !== null,
    })),
    verdicts,
    verdictsAfterRedrive,
    drains,
    drained: drains.map(({ drained }) => drained),
    versions: await readVersions(cluster.databaseUrl),
  };
}

/** Runs load, faults and the scheduled functions together. When load or faults fail, the others are aborted. */
async function underFaults(
  plan: IntegrityPlan,
  cluster: Cluster,
  journal: Journal,
): Promise<InjectedFault[]> {
  const ended = new AbortController();
  const signal = AbortSignal.any([plan.signal, ended.signal]);
  const { brokers, databaseUrl } = cluster;
  const load = runLoad(plan.load, {
    apiUrls: () => cluster.apiUrls,
    brokers,
    journal,
    signal,
    ratePerSecond: plan.commandsPerSecond,
  });
  const faults = runFaults(plan.faults, {
    cluster,
    inFlight: { brokers, databaseUrl, requests: () => journal.requestsInFlight },
    progress: plan.progress,
    signal,
  });
  const retries = sweep(cluster, ['retryOrders'], signal);
  try {
    const [injected] = await Promise.all([faults, load]);
    return injected;
  } finally {
    ended.abort();
    await Promise.allSettled([faults, load, retries]);
  }
}
