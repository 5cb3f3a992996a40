import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { pollUntil } from '../cli/poll-until.ts';
import { OrderlyError } from '../lib/errors/orderly-error.ts';
import type { Running } from './process/lifecycle.ts';
import { LOCAL_HOST } from './process/ports.ts';
import { identityOf, isRunning, type ProcessIdentity, sendSignal } from './process/process-table.ts';
import { readRecord, recordFile, removeRecord, writeRecord } from './process/state-files.ts';
import { PROJECT_ROOT, type Settings } from './settings.ts';
import type { StartOptions } from './start-options.ts';
import { tracesUrl } from './traces/traces-url.ts';

/** The local functions: serverless-offline with the HTTP API, the WebSocket API and the event source. */
export interface Offline extends Running {
  readonly pid: number;
  /** Resolves when the process has ended, with `exit code 1` or the signal, such as `SIGKILL`. */
  readonly ended: Promise<string>;
}

/** The ports that it listens on. */
export type OfflinePorts = Pick<Settings, 'apiPort' | 'websocketPort' | 'lambdaPort'>;

/** Time for running requests and batches; the servers use the rest of the 5 s to end. */
const DRAIN_TIMEOUT_MS = 2_000;

const offlineRecord = z.object({ pid: z.int().positive(), startTime: z.string() });

/** Starts serverless-offline in its own process group, so that Ctrl-C reaches it only through `stop`. */
export function startOffline(settings: Settings, { windowSeconds }: StartOptions): Offline {
  const window = windowSeconds === undefined ? [] : [`--param=ordersBatchingWindow=${windowSeconds}`];
  const child = spawn(process.execPath, [...offlineArguments(settings), ...window], {
    cwd: PROJECT_ROOT,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: offlineEnvironment(settings),
  });
  const { pid } = child;
  if (pid === undefined) {
    throw new OrderlyError('local_stack', 'serverless-offline could not be started: run "npm ci".');
  }
  const identity = identityOf(pid);
  const file = recordFile(settings.stateDirectory, 'offline');
  writeRecord(file, identity);
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  return {
    pid,
    ended,
    kill: () => killGroup(identity),
    stop: async () => {
      await drain(identity, ended);
      removeRecord(file);
    },
  };
}

/** Ends the functions that a killed `npm start` left running. */
export async function stopOrphan(stateDirectory: string): Promise<void> {
  const file = recordFile(stateDirectory, 'offline');
  const left = readRecord(file, offlineRecord);
  if (!left) {
    return; // there is no file, or it is not a record
  }
  if (isRunning(left)) {
    const ended = pollUntil(() => !isRunning(left), { intervalMs: 50, timeoutMs: DRAIN_TIMEOUT_MS * 2 });
    await drain(left, ended);
  }
  removeRecord(file);
}

async function drain(identity: ProcessIdentity, ended: Promise<unknown>): Promise<void> {
  if (isRunning(identity)) {
    sendSignal(-identity.pid, 'SIGINT');
  }
  const overdue = new AbortController();
  await Promise.race([ended, delay(DRAIN_TIMEOUT_MS, undefined, { signal: overdue.signal })]);
  overdue.abort();
  killGroup(identity);
  await ended;
}

function killGroup(identity: ProcessIdentity): void {
  if (isRunning(identity)) {
    sendSignal(-identity.pid, 'SIGKILL');
  }
}

/** Returns the arguments of serverless-offline; run it in the project's directory. */
export function offlineArguments({ apiPort, websocketPort, lambdaPort }: OfflinePorts): string[] {
  return [
    ...['--import', join(PROJECT_ROOT, 'cli/require-node-24.mjs')], // caches compiled code, as the npm scripts do
    join(PROJECT_ROOT, 'node_modules/serverless/bin/serverless.js'),
    ...['offline', 'start', '--stage', 'local', '--useInProcess', '--noSponsor', '--host', LOCAL_HOST],
    ...['--httpPort', `${apiPort}`, '--websocketPort', `${websocketPort}`, '--lambdaPort', `${lambdaPort}`],
  ];
}

/** The variables of the framework. `serverless.yml` sets those of the functions from the same settings. */
function offlineEnvironment({ logLevel, tracesPort, tracesEndpoint }: Settings): NodeJS.ProcessEnv {
  return {
    // at its default level serverless-offline logs two lines per request
    SLS_LOG_LEVEL: logLevel === 'debug' ? 'info' : 'warning',
    ...process.env,
    // only here: without `npm start` the trace store does not run, and each export would fail
    OTEL_EXPORTER_OTLP_ENDPOINT: tracesEndpoint ?? tracesUrl({ tracesPort }),
  };
}
