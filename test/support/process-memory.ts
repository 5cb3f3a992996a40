import { readFileSync } from 'node:fs';
import { hasErrorCode } from '../../cli/error-code.ts';

/**
 * Returns the memory of processes in MB; Linux only. Each shared page counts once, divided among the processes that use it (PSS in proc(5)):
 * the resident sizes of PostgreSQL's processes contain its shared buffers many times. A process that has ended uses none.
 */
export function proportionalMb(pids: readonly number[]): number {
  return pids.map(proportionalKb).reduce((sum, each) => sum + each, 0) / 1024;
}

function proportionalKb(pid: number): number {
  try {
    return Number(/^Pss: +(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]);
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT') || hasErrorCode(error, 'ESRCH')) {
      return 0;
    }
    throw error;
  }
}
