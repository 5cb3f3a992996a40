import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { identityOf, isRunning, sendSignal } from '../../../local/process/process-table.ts';

/** A program and its child processes. Ctrl-C in the terminal does not reach them, so the starter must end them. */
export interface ProcessGroup extends AsyncDisposable {
  /** The exit code; undefined if a signal ended it. */
  readonly ended: Promise<number | undefined>;
}

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** The file for its output. */
  readonly logFile: string;
}

const STOP_TIMEOUT_MS = 5_000;

/** Its disposal sends SIGTERM, and after a timeout kills the whole group. */
export function startProcessGroup({ command, args, env, logFile }: Program): ProcessGroup {
  const log = openSync(logFile, 'a');
  const child = spawn(command, args, { env, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  const ended = once(child, 'exit').then(([code]) => (typeof code === 'number' ? code : undefined));
  ended.catch(() => undefined); // a failed start: the error reaches those who await `ended`
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
