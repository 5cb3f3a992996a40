import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { recordOutput } from './log-record/log-record.ts';

export interface ChildRequest {
  readonly id: number;
  readonly file: string;
  readonly event: unknown;
  readonly remainingMs: number;
  readonly clockAheadMs: number;
}

export interface ChildAnswer {
  readonly answer?: unknown;
  /** The code of the error that it threw, or its message. */
  readonly threw?: string;
  readonly ms: number;
  /** Work that was pending when the handler had returned, without idle connections. */
  readonly pending: readonly string[];
}

/** A process that runs handlers sequentially, like a Lambda execution environment. */
export interface HandlerProcess extends Disposable {
  readonly pid: number;
  /** `file` as in `functions/http/health.ts`. */
  invoke(file: string, event: unknown, options?: { readonly remainingMs?: number }): Promise<ChildAnswer>;
  /** Advances the clock of the process for the next invocations, as after a freeze. */
  turnClock(aheadMs: number): void;
  /** Its output so far. */
  output(): string;
}

/** Environment variables that a child process inherits. */
export const nodeEnvironment: NodeJS.ProcessEnv = {
  PATH: process.env.PATH,
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
};

/** Starts the process. STAGE is `local` unless the environment sets or unsets (undefined) it. */
export function startHandlerProcess(
  environment: Readonly<Record<string, string | undefined>>,
): HandlerProcess {
  const child = fork(join(import.meta.dirname, 'handlers-child.ts'), {
    env: { ...nodeEnvironment, STAGE: 'local', ...environment },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const ended = once(child, 'exit').then(() => {
    throw new Error(`The process of the handlers has ended: ${output}`);
  });
  ended.catch(() => undefined);
  const waiting = new Map<number, (answer: ChildAnswer) => void>();
  let output = '';
  let clockAheadMs = 0;
  let requests = 0;
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  recordOutput('handler-process', child);
  child.on('message', ({ id, ...answer }: ChildAnswer & { id: number }) => {
    setImmediate(() => waiting.get(id)?.(answer)); // the output of the invocation may be read after its answer
  });

  return {
    pid: child.pid ?? 0,
    invoke: (file, event, { remainingMs = 30_000 } = {}) => {
      requests += 1;
      const request: ChildRequest = { id: requests, file, event, remainingMs, clockAheadMs };
      const answered = new Promise<ChildAnswer>((resolve) => waiting.set(request.id, resolve));
      child.send(request);
      return Promise.race([answered, ended]);
    },
    turnClock: (aheadMs) => {
      clockAheadMs = aheadMs;
    },
    output: () => output,
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  };
}
