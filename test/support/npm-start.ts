import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pollUntil } from '../../cli/poll-until.ts';
import { postgresUrl } from '../../local/postgres/postgres-password.ts';
import { freePort, LOCAL_HOST } from '../../local/process/ports.ts';
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
const READY_TIMEOUT_MS = 60_000;
const END_TIMEOUT_MS = 15_000;

/** A real `npm start` with ports and a state directory of its own. */
export interface RunningStart {
  readonly apiUrl: string;
  /** host:port */
  readonly kafkaBrokers: string;
  readonly databaseUrl: string;
  readonly stateDir: string;
  /** The environment that makes other commands mean this stack. */
  readonly environment: NodeJS.ProcessEnv;
  /** What it has printed, both streams. */
  output(): string;
  /** The processes of now; a server that was restarted has another pid. */
  pids(): Promise<Readonly<Record<RecordedProcess, number>>>;
  /** Stops it with a signal to npm and resolves when npm has ended. The data stays. */
  interrupt(signal: NodeJS.Signals): Promise<{ exitCode: number | null; ms: number }>;
  /** SIGKILL to npm and all of those; resolves when they have ended. */
  killEverything(): Promise<void>;
  /** The same again, with the same ports and data; resolves when it is ready. */
  startAgain(): Promise<RunningStart>;
  /** Resolves when it is ready; rejects with its output when it ends instead. */
  ready(): Promise<RunningStart>;
  /** Ends it, however far it is, and removes the data. */
  stop(): Promise<void>;
}

/** Starts Orderly and resolves when it is ready. `settings` win over free ports and servers of its own. */
export async function startOrderly(settings: NodeJS.ProcessEnv = {}): Promise<RunningStart> {
  const stateDir = createTestState();
  linkDistribution(stateDir, await kafkaDistribution());
  return beginStart(stateDir, { ...(await freeEnvironment(stateDir)), ...settings }).ready();
}

/** Settings with free ports. */
export async function freeEnvironment(stateDir: string): Promise<NodeJS.ProcessEnv> {
  const names = ['API_PORT', 'WEBSOCKET_PORT', 'LAMBDA_PORT', 'KAFKA_PORT', 'POSTGRES_PORT'];
  const ports = await Promise.all(names.map(async (name) => [name, `${await freePort()}`]));
  const elsewhere = { KAFKA_BROKERS: '', DATABASE_URL: '' };
  // kafkajs and others behave differently with jest's NODE_ENV
  return { ...process.env, NODE_ENV: '', ...Object.fromEntries(ports), ...elsewhere, STATE_DIR: stateDir };
}

/** Runs a script of package.json to its end. */
export async function runScript(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<{ exitCode: number | null; output: string }> {
  const script = spawnNpm(args, environment);
  const exitCode = await script.ended;
  return { exitCode, output: script.output() };
}

/** Starts with settings that are there already, and does not wait until it is ready. */
export function beginStart(stateDir: string, environment: NodeJS.ProcessEnv): RunningStart {
  const npm = spawnNpm(['start'], environment);
  const killEverything = async (): Promise<void> => {
    npm.child.kill('SIGKILL');
    await untilEnded(killRecorded(stateDir), END_TIMEOUT_MS);
    await npm.ended;
  };
  const started: RunningStart = {
    apiUrl: `http://${LOCAL_HOST}:${environment.API_PORT}`,
    kafkaBrokers: `${LOCAL_HOST}:${environment.KAFKA_PORT}`,
    get databaseUrl() {
      return postgresUrl(stateDir, Number(environment.POSTGRES_PORT), 'orderly');
    },
    stateDir,
    environment,
    output: npm.output,
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
    startAgain: () => beginStart(stateDir, environment).ready(),
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
  hasEnded(): boolean;
  output(): string;
}

function spawnNpm(args: readonly string[], environment: NodeJS.ProcessEnv): Script {
  // In our process group, so that a Ctrl-C that ends the tests ends it too.
  const child = spawn('npm', ['run', '--silent', ...args], {
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
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return { child, ended, hasEnded, output: () => output };
}
