import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import {
  findProcess,
  isRunning,
  ownIdentity,
  parseProcStat,
  parsePsLine,
  sendSignal,
} from '../../../local/process/process-table.ts';

const STAT_TAIL =
  '1 100 100 0 -1 4194560 1 0 0 0 5 6 0 0 20 0 11 0 353752 1088000000 9000 18446744073709551615';

describe('parseProcStat', () => {
  test('the start time is found behind a name with spaces and parentheses', () => {
    expect(parseProcStat(`42 (my (odd) name) S ${STAT_TAIL}`)).toEqual({ startTime: '353752' });
  });

  test('a zombie does not count as a process', () => {
    expect(parseProcStat(`42 (java) Z ${STAT_TAIL}`)).toBeUndefined();
  });
});

describe('parsePsLine', () => {
  test('state, start time and command are parsed', () => {
    expect(parsePsLine('Ss   Mon Nov 23 05:31:00 2026 /usr/bin/java -cp a b\n')).toEqual({
      startTime: 'Mon Nov 23 05:31:00 2026',
      command: '/usr/bin/java -cp a b',
    });
  });

  test('a zombie and an empty answer do not count as processes', () => {
    expect([parsePsLine('Z+ Mon Nov 23 05:31:00 2026 (java)\n'), parsePsLine('')]).toEqual([
      undefined,
      undefined,
    ]);
  });
});

describe('a process', () => {
  test('runs until it ends, and another process with its pid is not confused with it', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    const entry = findProcess(child.pid ?? 0);
    const laterOne = { pid: child.pid ?? 0, startTime: 'later' };

    expect(entry?.command).toContain('setInterval');
    expect(entry && isRunning(entry)).toBe(true);
    expect(isRunning(laterOne)).toBe(false);

    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(entry && isRunning(entry)).toBe(false);
    expect(() => sendSignal(child.pid ?? 0, 'SIGTERM')).not.toThrow();
  });

  test('knows itself', () => {
    expect(isRunning(ownIdentity())).toBe(true);
  });
});
