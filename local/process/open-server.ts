import type { Output } from '../../cli/output.ts';
import { pollUntil } from '../../cli/poll-until.ts';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import type { Running } from './lifecycle.ts';
import { assertPortFree } from './ports.ts';
import { isRunning } from './process-table.ts';
import { assertOwnHome } from './server-home.ts';
import { attachServer, type Server, type ServerKind } from './server-process.ts';
import { readServerRecord, recordFile, type StartedBy, writeRecord } from './state-files.ts';
import { supervise } from './supervisor.ts';

export interface ServerPlan {
  readonly kind: ServerKind;
  readonly stateDirectory: string;
  readonly port: number;
  /** The variable that sets the port. */
  readonly portVariable: string;
  readonly startedBy: StartedBy;
  readonly answers: (port: number) => Promise<boolean>;
  readonly start: (startedBy: StartedBy, signal: AbortSignal) => Promise<Server>;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** A server that was left running may still start or recover. */
const LEFT_RUNNING_TIMEOUT_MS = 5_000;

/**
 * Attaches to a server that an earlier command left running, or starts one, and restarts it when it ends. `own` receives a
 * server that must end with this process; a server of `npm run stack` keeps running after `npm start`.
 * @throws OrderlyError with the remedy for a busy port, a port that differs from the running server's, or a foreign
 * directory in the place of the server's data.
 */
export async function openServer(plan: ServerPlan, own: (running: Running) => void): Promise<void> {
  assertOwnHome(plan.stateDirectory, plan.kind.name); // fails before Kafka's jars are downloaded
  const left = await attachIfLeftRunning(plan);
  if (!left) {
    await assertPortFree(plan.port, plan.kind.label, plan.portVariable);
  }
  const server = left ?? (await plan.start(plan.startedBy, plan.signal));
  const supervised = supervise(server, {
    output: plan.output,
    restart: (signal) => plan.start(server.startedBy, signal),
  });
  if (!left || server.startedBy === 'start') {
    own(supervised);
  }
  const how = left ? 'is already running' : 'is ready';
  plan.output.step(`${plan.kind.label} ${how} on port ${server.port} (pid ${server.pid})`);
}

async function attachIfLeftRunning(plan: ServerPlan): Promise<Server | undefined> {
  const { kind, stateDirectory, port, startedBy } = plan;
  const record = readServerRecord(stateDirectory, kind.name);
  if (!record || !isRunning(record)) {
    return undefined;
  }
  if (record.port !== port && record.startedBy === 'stack') {
    throw new OrderlyError(
      'local_stack',
      `${kind.label} is running on port ${record.port} since "npm run stack -- up": set ${plan.portVariable}=${record.port}, or run "npm run stack -- down" first.`,
    );
  }
  const isOnPort = record.port === port;
  const waiting = { intervalMs: 50, timeoutMs: LEFT_RUNNING_TIMEOUT_MS, signal: plan.signal };
  if (!isOnPort || !(await pollUntil(() => plan.answers(port), waiting))) {
    await attachServer(kind, stateDirectory, record).stop();
    return undefined;
  }
  // This process owns a server that a killed `npm start` left. A server of `stack up` stays with the stack.
  const owned = { ...record, startedBy: record.startedBy === 'stack' ? record.startedBy : startedBy };
  writeRecord(recordFile(stateDirectory, kind.name), owned);
  return attachServer(kind, stateDirectory, owned);
}
