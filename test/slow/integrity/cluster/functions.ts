import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { pollUntil } from '../../../../cli/poll-until.ts';
import { type OfflinePorts, offlineArguments } from '../../../../local/offline.ts';
import { freePort } from '../../../../local/process/ports.ts';
import { identityOf, isRunning } from '../../../../local/process/process-table.ts';
import { recordFile, writeRecord } from '../../../../local/process/state-files.ts';
import { isHealthy } from '../../../../local/readiness.ts';
import { startTarget, type Target, type TargetName } from './target.ts';

/** A process of serverless-offline with all functions. */
export interface Functions {
  readonly target: Target;
  readonly ports: OfflinePorts;
}

export interface FunctionsPlan {
  /** Contains serverless.yml: the project, or a deliberately broken copy of it. */
  readonly projectDirectory: string;
  /** Receives its log and its record. With the record, a later run can stop the process if this run cannot. */
  readonly stateDirectory: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** The output of the functions, across restarts. */
export const logFileIn = (stateDirectory: string): string => join(stateDirectory, 'offline.log');

const READY_TIMEOUT_MS = 180_000;

/** Starts the functions as `npm start` does, on fixed ports. They are not restarted when they end. */
export async function startFunctions(name: TargetName, plan: FunctionsPlan): Promise<Functions> {
  const ports = { apiPort: await freePort(), websocketPort: await freePort(), lambdaPort: await freePort() };
  return { target: await startTarget(name, () => launch(plan, ports)), ports };
}

/** Resolves when the API is healthy. */
async function launch(plan: FunctionsPlan, ports: OfflinePorts): Promise<{ readonly pid: number }> {
  const logFile = logFileIn(plan.stateDirectory);
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, offlineArguments(ports), {
    cwd: plan.projectDirectory,
    env: {
      ...process.env,
      NODE_ENV: '', // kafkajs and other libraries behave differently with jest's value
      SLS_LOG_LEVEL: 'warning',
      LOG_LEVEL: 'warn',
      ...plan.environment,
    },
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const pid = child.pid ?? 0;
  const identity = identityOf(pid);
  writeRecord(recordFile(plan.stateDirectory, 'offline'), identity);

  const isReady = await pollUntil(async () => !isRunning(identity) || (await isHealthy(ports.apiPort)), {
    intervalMs: 50,
    timeoutMs: READY_TIMEOUT_MS,
  });
  if (!isReady || !isRunning(identity)) {
    throw new Error(`The functions did not become ready: see ${logFile}.`);
  }
  return { pid };
}
