import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hasErrorCode } from '../../cli/error-code.ts';

/** Identifies one process: a pid is reused later, but never with the same start time. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque: compare for equality only. */
  readonly startTime: string;
}

export interface ProcessEntry extends ProcessIdentity {
  readonly command: string;
}

/** Returns a process by pid; undefined without such a process, or for a zombie. */
export function findProcess(pid: number): ProcessEntry | undefined {
  return process.platform === 'linux' ? findInProc(pid) : findWithPs(pid);
}

/** Returns whether this process still runs; a later process with the same pid does not count. */
export function isRunning(identity: ProcessIdentity): boolean {
  return findProcess(identity.pid)?.startTime === identity.startTime;
}

/** Returns the identity of the current process. */
export function ownIdentity(): ProcessIdentity {
  return identityOf(process.pid);
}

/** Returns the identity of a process that was just started; its start time is empty if it has ended. */
export function identityOf(pid: number): ProcessIdentity {
  return { pid, startTime: findProcess(pid)?.startTime ?? '' };
}

/** Sends a signal to a process, or to its group if `pid` is negative. Ignores processes that have ended. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!hasErrorCode(error, 'ESRCH')) {
      throw error;
    }
  }
}

function findInProc(pid: number): ProcessEntry | undefined {
  try {
    const parsed = parseProcStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return parsed && { pid, startTime: parsed.startTime, command };
  } catch {
    return undefined;
  }
}

/** Reads /proc/<pid>/stat (proc_pid_stat(5)): the state is field 3, the start in clock ticks field 22. */
export function parseProcStat(stat: string): { startTime: string } | undefined {
  // The second field is the program's name in parentheses; a name can contain spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  const startTime = fields[19];
  return startTime === undefined || state === 'Z' || state === 'X' ? undefined : { startTime };
}

function findWithPs(pid: number): ProcessEntry | undefined {
  const { stdout } = spawnSync(
    'ps',
    ['-ww', '-o', 'stat=', '-o', 'lstart=', '-o', 'command=', '-p', `${pid}`],
    {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
    },
  );
  const parsed = parsePsLine(stdout ?? '');
  return parsed && { pid, ...parsed };
}

/** Reads a line of `ps -o stat=,lstart=,command=`; lstart is five words: `Mon Nov 23 05:31:00 2026`. */
export function parsePsLine(line: string): { startTime: string; command: string } | undefined {
  const match = /^\s*(\S+)\s+(\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s+(.*?)\s*$/s.exec(line);
  const [, state, startTime, command] = match ?? [];
  return startTime === undefined || command === undefined || state?.startsWith('Z')
    ? undefined
    : { startTime, command };
}
