import { pollUntil } from '../../../../cli/poll-until.ts';
import { identityOf, isRunning } from '../../../../local/process/process-table.ts';
import { processTree, signalTree } from './process-tree.ts';

/** A part of the cluster that faults hit: every process of it. */
export interface Target {
  readonly name: TargetName;
  /** Of now; after a restart another. */
  readonly pid: number;
  /** Every process of it, the one that was started first. */
  pids(): number[];
  /** kill -9 to all of it; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGSTOP to all of it. */
  freeze(): void;
  /** SIGCONT to all of it. */
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
        throw new Error(`${name} (pid ${pid}) lives on after kill -9.`);
      }
    },
    freeze: () => signalTree(pid, 'SIGSTOP'),
    thaw: () => signalTree(pid, 'SIGCONT'),
    start: async () => {
      pid = (await launch()).pid;
    },
  };
}
