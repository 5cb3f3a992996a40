import { pollUntil } from '../../../../cli/poll-until.ts';
import { identityOf, isRunning } from '../../../../local/process/process-table.ts';
import { processTree, signalTree } from './process-tree.ts';

/** A part of the cluster that faults hit, with all its processes. */
export interface Target {
  readonly name: TargetName;
  /** Changes with a restart. */
  readonly pid: number;
  /** All its processes, the root first. */
  pids(): number[];
  /** Sends SIGKILL to all its processes. Resolves when they have ended. */
  kill(): Promise<void>;
  /** Sends SIGSTOP to all its processes. */
  freeze(): void;
  /** Sends SIGCONT to all its processes. */
  thaw(): void;
  /** Starts it again on the same ports and data; resolves when it answers. */
  start(): Promise<void>;
}

export type TargetName = 'kafka' | 'postgres' | 'functions-1' | 'functions-2';

const END_TIMEOUT_MS = 15_000;

export async function startTarget(
  name: TargetName,
  launch: () => Promise<{ readonly pid: number }>,
): Promise<Target> {
  let { pid } = await launch();
  return {
    name,
    get pid() {
      return pid;
    },
    pids: () => processTree(pid),
    kill: async () => {
      const killed = processTree(pid).map(identityOf);
      signalTree(pid, 'SIGKILL');
      if (!(await pollUntil(() => !killed.some(isRunning), { intervalMs: 10, timeoutMs: END_TIMEOUT_MS }))) {
        throw new Error(`${name} (pid ${pid}) still runs after kill -9.`);
      }
    },
    freeze: () => signalTree(pid, 'SIGSTOP'),
    thaw: () => signalTree(pid, 'SIGCONT'),
    start: async () => {
      pid = (await launch()).pid;
    },
  };
}
