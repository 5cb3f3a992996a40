import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, renameSync } from 'node:fs';
import { relative } from 'node:path';
import { pollUntil } from '../../cli/poll-until.ts';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import { identityOf, isRunning, type ProcessIdentity, sendSignal } from './process-table.ts';
import {
  recordFile,
  removeRecord,
  type ServerName,
  type ServerRecord,
  type StartedBy,
  writeRecord,
} from './state-files.ts';

/** A running server of the stack. Its process is detached: it keeps running if this process ends without `stop`. */
export interface Server extends AsyncDisposable {
  readonly kind: ServerKind;
  readonly pid: number;
  readonly port: number;
  readonly startedBy: StartedBy;
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
  /** Ends the server cleanly and waits; kills it after 10 s. Idempotent. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): void;
}

export interface ServerKind {
  readonly name: ServerName;
  /** The name in messages. */
  readonly label: string;
  /** The signal for a clean and fast shutdown. */
  readonly stopSignal: NodeJS.Signals;
}

export interface ServerLaunch {
  readonly stateDirectory: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The account that runs the server; only root can choose one. */
  readonly account?: { readonly uid: number; readonly gid: number } | undefined;
  readonly port: number;
  readonly startedBy: StartedBy;
  /** Receives the server's output. The log of the previous start is kept as `….previous.log`. */
  readonly logFile: string;
  readonly isReady: () => Promise<boolean>;
  readonly signal?: AbortSignal | undefined;
}

const READY_TIMEOUT_MS = 60_000;
const READY_INTERVAL_MS = 30;
const STOP_TIMEOUT_MS = 10_000;
const WATCH_INTERVAL_MS = 200;

/**
 * Starts a server in its own process group, records it in the state directory and waits until it is ready.
 * @throws OrderlyError with the last error of its log if it ends or does not become ready. The server is killed then, and
 * when `signal` aborts.
 */
export async function launchServer(kind: ServerKind, launch: ServerLaunch): Promise<Server> {
  const child = spawnIntoLog(launch);
  child.unref(); // so that the process of `stack up` can end; `stop` refs it again
  const ended = once(child, 'exit').then(ignore, ignore);
  if (child.pid === undefined) {
    throw new OrderlyError(
      'local_stack',
      `${kind.label} could not be started: ${launch.command} cannot be run.`,
    );
  }
  const record: ServerRecord = {
    ...identityOf(child.pid),
    port: launch.port,
    startedBy: launch.startedBy,
    since: new Date().toISOString(),
  };
  const server = createServer(kind, launch.stateDirectory, record, ended, () => child.ref());

  let hasEnded = false;
  ended.then(() => {
    hasEnded = true;
  });
  launch.signal?.addEventListener('abort', server.kill);
  try {
    writeRecord(recordFile(launch.stateDirectory, kind.name), record);
    const ready = await pollUntil(async () => hasEnded || (await launch.isReady()), {
      intervalMs: READY_INTERVAL_MS,
      timeoutMs: READY_TIMEOUT_MS,
      signal: launch.signal,
    });
    if (!ready || hasEnded) {
      const what = hasEnded ? 'ended while it started' : `was not ready after ${READY_TIMEOUT_MS / 1000} s`;
      const log = relative(process.cwd(), launch.logFile);
      throw new OrderlyError(
        'local_stack',
        `${kind.label} ${what}: ${lastErrorLine(launch.logFile)} (see ${log})`,
      );
    }
    return server;
  } catch (error) {
    server.kill();
    await server.stop();
    throw error;
  } finally {
    launch.signal?.removeEventListener('abort', server.kill);
  }
}

/** Returns a server that an earlier command started and left running. */
export function attachServer(kind: ServerKind, stateDirectory: string, record: ServerRecord): Server {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const watch = setInterval(() => {
    if (!isRunning(record)) {
      clearInterval(watch);
      resolve();
    }
  }, WATCH_INTERVAL_MS).unref();
  return createServer(kind, stateDirectory, record, ended, () => watch.ref());
}

function createServer(
  kind: ServerKind,
  stateDirectory: string,
  record: ServerRecord,
  ended: Promise<void>,
  keepWaiting: () => void,
): Server {
  let stopping: Promise<void> | undefined;
  const kill = (): void => killGroup(record);
  const stop = async (): Promise<void> => {
    keepWaiting();
    if (isRunning(record)) {
      sendSignal(record.pid, kind.stopSignal);
      const overdue = setTimeout(kill, STOP_TIMEOUT_MS);
      await ended;
      clearTimeout(overdue);
    }
    removeRecord(recordFile(stateDirectory, kind.name));
  };
  const stopOnce = (): Promise<void> => {
    stopping ??= stop();
    return stopping;
  };
  const { pid, port, startedBy } = record;
  return { kind, pid, port, startedBy, ended, stop: stopOnce, kill, [Symbol.asyncDispose]: stopOnce };
}

function killGroup(identity: ProcessIdentity): void {
  if (isRunning(identity)) {
    sendSignal(-identity.pid, 'SIGKILL');
  }
}

function spawnIntoLog({ command, args, account, logFile }: ServerLaunch): ChildProcess {
  if (existsSync(logFile)) {
    renameSync(logFile, logFile.replace(/\.log$/, '.previous.log'));
  }
  const log = openSync(logFile, 'a');
  try {
    // '/' because another account may lack access to the current directory.
    return spawn(command, args, { ...account, cwd: '/', detached: true, stdio: ['ignore', log, log] });
  } finally {
    closeSync(log);
  }
}

/** Returns the last error line of a log, or else its last line. */
function lastErrorLine(logFile: string): string {
  const lines = readFileSync(logFile, 'utf8').trim().split('\n');
  return (
    lines.findLast((line) => /\b(FATAL|PANIC|ERROR)\b|(Exception|Error):/.test(line)) ?? lines.at(-1) ?? ''
  );
}

const ignore = (): void => undefined;
