import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { identityOf, isRunning, sendSignal } from '../../../local/process/process-table.ts';

/** A program with all that it starts. A terminal's Ctrl-C does not reach it: whoever started it ends it. */
export interface ProcessGroup extends AsyncDisposable {
  /** Its exit code; undefined: a signal ended it. */
  readonly ended: Promise<number | undefined>;
}

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Gets everything that it prints. */
  readonly logFile: string;
}

const STOP_TIMEOUT_MS = 5_000;

/** Disposed, it is asked to end (SIGTERM), and after a while it is killed with whatever it has left behind. */
export function startProcessGroup({ command, args, env, logFile }: Program): ProcessGroup {
  const log = openSync(logFile, 'a');
  const child = spawn(command, args, { env, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  const ended = once(child, 'exit').then(([code]) => (typeof code === 'number' ? code : undefined));
  ended.catch(() => undefined); // one that could not be started: whoever waits for it is told
  const identity = child.pid === undefined ? undefined : identityOf(child.pid);
  return {
    ended,
    [Symbol.asyncDispose]: async () => {
      if (identity === undefined) {
        return;
      }
      if (isRunning(identity)) {
        sendSignal(-identity.pid, 'SIGTERM');
        const overdue = setTimeout(() => sendSignal(-identity.pid, 'SIGKILL'), STOP_TIMEOUT_MS);
        await ended;
        clearTimeout(overdue);
      }
      sendSignal(-identity.pid, 'SIGKILL'); // a group keeps its id as long as it has a member
    },
  };
}
