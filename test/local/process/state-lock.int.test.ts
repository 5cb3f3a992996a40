import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

const MODULE = join(import.meta.dirname, '../../../local/process/state-lock.ts');
const PROCESSES = 4;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'state-lock-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Takes a lock at a given moment, says whether it has it, and lives until its input ends. */
const program = (file: string, at: number): string => `
  const { acquireLock } = await import(${JSON.stringify(MODULE)});
  while (Date.now() < ${at});
  process.stdout.write(acquireLock(${JSON.stringify(file)}, 'test') === undefined ? 'taken' : 'held');
  process.stdin.resume();`;

test.each(['free', 'abandoned', 'free', 'abandoned', 'abandoned'])(
  'of processes that take a lock (%s) at the same moment, one has it',
  async (state) => {
    const file = join(directory, 'lock');
    if (state === 'abandoned') {
      writeFileSync(file, JSON.stringify({ pid: 999_999_999, startTime: '1', command: 'npm start' }));
    }
    const at = Date.now() + 600;

    const children = Array.from({ length: PROCESSES }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', program(file, at)], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    );
    const outcomes = await Promise.all(
      children.map(async ({ stdout }) => String(await once(stdout, 'data'))),
    );
    for (const child of children) {
      child.stdin.end();
    }
    await Promise.all(children.map((child) => once(child, 'exit')));

    expect(outcomes.sort()).toEqual(['held', 'held', 'held', 'taken']);
  },
);
