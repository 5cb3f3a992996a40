import { readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';

/** USER_HZ of Linux, on every architecture that Node supports: proc(5). */
const TICK_MS = 10;

/**
 * Returns the CPU time that a process and its children have used, in ms. Children that have ended count if their parent
 * waited for them. Reads /proc/<pid>/stat, proc_pid_stat(5).
 * @throws OrderlyError `local_stack` if the system has no /proc.
 */
export function treeCpuMs(root: number): number {
  assertCpuTimes();
  const stats = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => readStat(Number(pid)));
  const tree = new Set([root]);
  for (const pid of tree) {
    for (const stat of stats.filter(({ parent }) => parent === pid)) {
      tree.add(stat.pid); // the loop also visits it
    }
  }
  return stats.filter(({ pid }) => tree.has(pid)).reduce((sum, { cpuMs }) => sum + cpuMs, 0);
}

/** @throws OrderlyError `local_stack` if the system has no /proc. */
export function assertCpuTimes(platform: string = process.platform): void {
  if (platform !== 'linux') {
    throw new OrderlyError(
      'local_stack',
      'The measurement "scale" reads CPU times from /proc, so it runs on Linux only. Instead of all, name the others.',
    );
  }
}

function readStat(pid: number): { pid: number; parent: number; cpuMs: number }[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses, which can contain spaces and parentheses.
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [, parent = 0] = fields;
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + field, 0); // utime, stime, cutime, cstime
    return [{ pid, parent, cpuMs: ticks * TICK_MS }];
  } catch {
    return []; // the process has ended
  }
}

/** Returns the CPU time that all programs of this machine have used, in ms. */
export const machineCpuMs = (): number =>
  os.cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0);

/** Returns the CPU time of the main thread and of the other threads of this process, such as garbage collection, in ms. */
export function ownCpuMs(): { thread: number; helpers: number } {
  const milliseconds = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1_000;
  const thread = milliseconds(process.threadCpuUsage());
  return { thread, helpers: milliseconds(process.cpuUsage()) - thread };
}
