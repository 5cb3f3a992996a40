import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { pollUntil } from '../../cli/poll-until.ts';

/** A running child process of this folder. */
export interface Program {
  readonly child: ChildProcess;
  /** Resolves when `check` returns true. @throws Error if the program ends first, or after two minutes. */
  ready(check: () => boolean | Promise<boolean>): Promise<void>;
  /** @throws Error with the exit code and the end of stderr if the program has ended. */
  assertRunning(): void;
  /** Resolves when the program has ended and its output is read. */
  readonly ended: Promise<unknown>;
  stop(): Promise<void>;
}

export interface ProgramOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly stdout: 'pipe' | 'ignore';
}

const START_TIMEOUT_MS = 120_000;

/** Starts a program, and keeps the end of its stderr for error messages. It is killed when this process exits. */
export function startProgram({ command, args, variables, stdout }: ProgramOptions): Program {
  const child = spawn(command, args, {
    cwd: import.meta.dirname,
    env: { ...process.env, ...variables, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['pipe', stdout, 'pipe'],
  });
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-2_000);
  });
  child.stdin?.on('error', () => undefined); // a write after its end; `assertRunning` reports the cause
  let end: string | undefined;
  const ended = once(child, 'close').then(([code, signal]) => {
    end = code === null ? `by ${signal}` : `with exit code ${code}`;
  });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async (): Promise<void> => {
    process.off('exit', kill);
    child.kill('SIGTERM');
    await ended;
  };
  const assertRunning = (): void => {
    if (end !== undefined) {
      throw new Error(`${args.join(' ')} ended ${end}:\n${errors}`);
    }
  };
  return {
    child,
    assertRunning,
    ended,
    stop,
    ready: async (check) => {
      const isOver = async (): Promise<boolean> => end !== undefined || (await check());
      const isReady = await pollUntil(isOver, { intervalMs: 50, timeoutMs: START_TIMEOUT_MS });
      assertRunning();
      if (!isReady) {
        await stop();
        throw new Error(`${args.join(' ')} was not ready within ${START_TIMEOUT_MS / 1_000} s:\n${errors}`);
      }
    },
  };
}
