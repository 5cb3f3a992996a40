import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { pollUntil } from '../../cli/poll-until.ts';
import { postgresUrl } from '../../local/postgres/postgres-password.ts';
import { freePort, LOCAL_HOST } from '../../local/process/ports.ts';
import { forbid, recordOutput } from './log-record/log-record.ts';
import { scriptCommand } from './script-command.ts';
import { onceInTestRun } from './test-run.ts';
import {
  createTestState,
  kafkaDistribution,
  killRecorded,
  linkDistribution,
  type RecordedProcess,
  recorded,
  untilEnded,
} from './test-state.ts';

const PROJECT_ROOT = join(import.meta.dirname, '../..');
const READY_TIMEOUT_MS = 180_000;
const END_TIMEOUT_MS = 15_000;

/**
 * A limit for `interrupt`. `npm start` kills the processes that run after 4 s. Without that, a server would be killed when its
 * stop takes 10 s. The time between is for a busy machine.
 */
export const ENDED_MS = 9_000;
/** A limit for the end of processes that `npm start` had to kill: some end shortly after `npm start` itself. */
export const KILLED_MS = 5_000;

/** A real `npm start` with its own ports and state directory. */
export interface RunningStart {
  readonly apiUrl: string;
  /** host:port */
  readonly kafkaBrokers: string;
  readonly databaseUrl: string;
  readonly stateDir: string;
  /** Environment variables with which other commands use this stack. */
  readonly environment: NodeJS.ProcessEnv;
  /** Its output so far, both streams. */
  output(): string;
  /** Invokes a function as its schedule does. */
  invoke(functionName: string): Promise<void>;
  /** The current processes. A restarted server has another pid. */
  pids(): Promise<Readonly<Record<RecordedProcess, number>>>;
  /** Stops it with a signal to npm and resolves when npm has ended. The data stays. */
  interrupt(signal: NodeJS.Signals): Promise<{ exitCode: number | null; ms: number }>;
  /** Sends SIGKILL to npm and all these processes. Resolves when they have ended. */
  killEverything(): Promise<void>;
  /** Starts again with the same ports and data. Resolves when it is ready. */
  startAgain(): Promise<RunningStart>;
  /** Resolves when it is ready; rejects with its output when it ends instead. */
  ready(): Promise<RunningStart>;
  /** Stops it in any state and removes the data. */
  stop(): Promise<void>;
}

/** Starts Orderly and resolves when it is ready. `settings` override free ports and own servers. */
export async function startOrderly(settings: NodeJS.ProcessEnv = {}): Promise<RunningStart> {
  const stateDir = createTestState();
  linkDistribution(stateDir, await kafkaDistribution());
  return beginStart(stateDir, { ...(await freeEnvironment(stateDir)), ...settings }).ready();
}

const PORTS = ['API_PORT', 'WEBSOCKET_PORT', 'LAMBDA_PORT', 'TRACES_PORT', 'KAFKA_PORT', 'POSTGRES_PORT'];

/** Settings with free ports. */
export async function freeEnvironment(stateDir: string): Promise<NodeJS.ProcessEnv> {
  const ports = await Promise.all(PORTS.map(async (name) => [name, `${await freePort()}`]));
  return environmentWith({ ...Object.fromEntries(ports), STATE_DIR: stateDir });
}

const environmentWith = (settings: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...process.env,
  NODE_ENV: '', // kafkajs and other libraries behave differently with jest's NODE_ENV
  KAFKA_BROKERS: '',
  DATABASE_URL: '',
  ...settings,
});

/** The settings that distinguish one start from others. */
export function settingsOf({ environment }: RunningStart): NodeJS.ProcessEnv {
  return Object.fromEntries([...PORTS, 'STATE_DIR'].map((name) => [name, environment[name]]));
}

/** The shared start, without methods that stop it or its servers. */
export interface SharedStart
  extends Pick<RunningStart, 'apiUrl' | 'kafkaBrokers' | 'databaseUrl' | 'environment' | 'invoke'> {
  output(): Promise<string>;
}

/** Returns the `npm start` that test files share. Tests use different order ids. */
export async function sharedStart(): Promise<SharedStart> {
  const settings = z.record(z.string(), z.string()).parse(JSON.parse(await onceInTestRun('start')));
  const environment = environmentWith(settings);
  return {
    apiUrl: apiUrlOf(environment),
    kafkaBrokers: kafkaOf(environment),
    databaseUrl: databaseUrlOf(environment),
    environment,
    output: () => onceInTestRun('output'),
    invoke: (functionName) => invokeFunction(environment, functionName),
  };
}

const apiUrlOf = (environment: NodeJS.ProcessEnv): string => `http://${LOCAL_HOST}:${environment.API_PORT}`;
const kafkaOf = (environment: NodeJS.ProcessEnv): string => `${LOCAL_HOST}:${environment.KAFKA_PORT}`;
function databaseUrlOf({ STATE_DIR, POSTGRES_PORT }: NodeJS.ProcessEnv): string {
  const url = postgresUrl(STATE_DIR ?? '', Number(POSTGRES_PORT), 'orderly');
  forbid('password', new URL(url).password);
  return url;
}

/** Runs a function at once, without its schedule. */
async function invokeFunction(environment: NodeJS.ProcessEnv, name: string): Promise<void> {
  const path = `/2015-03-31/functions/orderly-local-${name}/invocations`;
  const { status } = await fetch(`http://${LOCAL_HOST}:${environment.LAMBDA_PORT}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: readFileSync('events/scheduled.json', 'utf8'),
  });
  if (status !== 200) {
    throw new Error(`${name} answered ${status} at the port for invoking functions.`);
  }
}

/** Runs a script of package.json to its end, as `npm run <name> -- <options>` does. */
export async function runScript(
  [name = '', , ...options]: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<{ exitCode: number | null; output: string }> {
  const { command, args } = scriptCommand(name);
  const script = spawnScript(command, [...args, ...options], environment);
  const exitCode = await script.closed;
  return { exitCode, output: script.output() };
}

/** The command that `npm start` suggests contains an order. */
const exampleOrder = /^ {2}curl /;

/** Starts with existing settings, and does not wait until it is ready. `options` are those of the command line. */
export function beginStart(
  stateDir: string,
  environment: NodeJS.ProcessEnv,
  options: readonly string[] = [],
): RunningStart {
  const npm = spawnScript('npm', ['run', '--silent', 'start', '--', ...options], environment);
  recordOutput('npm-start', npm.child, exampleOrder);
  const killEverything = async (): Promise<void> => {
    npm.child.kill('SIGKILL');
    await untilEnded(killRecorded(stateDir), END_TIMEOUT_MS);
    await npm.ended;
  };
  const started: RunningStart = {
    apiUrl: apiUrlOf(environment),
    kafkaBrokers: kafkaOf(environment),
    get databaseUrl() {
      return databaseUrlOf(environment); // the password exists only when the server has started
    },
    stateDir,
    environment,
    output: npm.output,
    invoke: (functionName) => invokeFunction(environment, functionName),
    pids: async () => {
      const pidOf = (name: RecordedProcess): number => recorded(stateDir)[name]?.pid ?? Number.NaN;
      return {
        start: pidOf('start'),
        offline: pidOf('offline'),
        kafka: pidOf('kafka'),
        postgres: pidOf('postgres'),
      };
    },
    interrupt: async (signal) => {
      const interruptedAt = performance.now();
      npm.child.kill(signal);
      return { exitCode: await npm.ended, ms: performance.now() - interruptedAt };
    },
    killEverything,
    startAgain: () => beginStart(stateDir, environment, options).ready(),
    ready: async () => {
      const settled = await pollUntil(() => npm.hasEnded() || npm.output().includes('Orderly is ready'), {
        intervalMs: 20,
        timeoutMs: READY_TIMEOUT_MS,
      });
      if (!settled || npm.hasEnded()) {
        await killEverything();
        throw new Error(`npm start did not become ready:\n${npm.output()}`);
      }
      return started;
    },
    stop: async () => {
      await killEverything();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
  return started;
}

interface Script {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  /** Resolves when its output is complete too. */
  readonly closed: Promise<number | null>;
  hasEnded(): boolean;
  output(): string;
}

function spawnScript(command: string, args: readonly string[], environment: NodeJS.ProcessEnv): Script {
  // In our process group, so that a Ctrl-C that ends the tests ends it too.
  const child = spawn(command, args, {
    cwd: PROJECT_ROOT,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => resolve(code));
  });
  const closed = new Promise<number | null>((resolve) => {
    child.once('close', (code) => resolve(code));
  });
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return { child, ended, closed, hasEnded, output: () => output };
}
