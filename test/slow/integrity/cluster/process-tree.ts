import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { sendSignal } from '../../../../local/process/process-table.ts';

/** Returns a process and all its descendants, because a server starts child processes. */
export function processTree(root: number): number[] {
  const parents = process.platform === 'linux' ? parentsInProc() : parentsWithPs();
  const tree = [root];
  for (const parent of tree) {
    tree.push(...parents.filter(([, ppid]) => ppid === parent).map(([pid]) => pid)); // the loop also visits these
  }
  return tree;
}

/** Signals the whole tree, the root first, so that it cannot start other processes meanwhile. */
export function signalTree(root: number, signal: NodeJS.Signals): void {
  for (const pid of processTree(root)) {
    sendSignal(pid, signal);
  }
}

type Parentage = readonly [pid: number, parent: number];

function parentsInProc(): Parentage[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid): Parentage[] => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        return [[Number(pid), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])]];
      } catch {
        return []; // the process has ended
      }
    });
}

function parentsWithPs(): Parentage[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  return (stdout ?? '')
    .trim()
    .split('\n')
    .map((line): Parentage => {
      const [pid, parent] = line.trim().split(/\s+/).map(Number);
      return [pid ?? 0, parent ?? 0];
    });
}
