import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { freePort } from '../../../../local/process/ports.ts';

const SERVERLESS = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
const STOP_TIMEOUT_MS = 30_000;

export interface MemberPlan {
  readonly serviceDirectory: string;
  /** Arguments after `serverless offline start`. */
  readonly options?: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /** The output is appended to this file. */
  readonly logFile: string;
}

/** A process of `serverless offline start`, whose mappings are members of their groups. */
export interface Member {
  readonly pid: number;
  hasEnded(): boolean;
  /** Sends SIGKILL. Resolves when the process has ended. */
  kill(): Promise<void>;
  /** Sends SIGINT. Resolves with the exit code. */
  interrupt(): Promise<number | null>;
}

/** Starts a member. It is killed when this process exits. */
export async function startMember(plan: MemberPlan): Promise<Member> {
  const { serviceDirectory, options = [], environment, logFile } = plan;
  const ports = ['--lambdaPort', `${await freePort()}`];
  const child = spawn(process.execPath, [SERVERLESS, 'offline', 'start', ...ports, ...options], {
    cwd: serviceDirectory,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_ENV: '', ...environment }, // jest's NODE_ENV changes the behaviour of kafkajs and others
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text: Buffer) => appendFileSync(logFile, text));
  }
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  const killWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithUs);
  void ended.then(() => process.off('exit', killWithUs));
  return {
    pid: child.pid ?? 0,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
    interrupt: async () => {
      child.kill('SIGINT');
      const overdue = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      const exitCode = await ended;
      clearTimeout(overdue);
      return exitCode;
    },
  };
}
