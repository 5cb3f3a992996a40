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

/** Enough time for every process to receive the moment. */
const NOTICE_MS = 50;

/** Acquires a lock at the moment on its input, reports the result, and runs until its input ends. */
const program = (file: string): string => `
  const { once } = await import('node:events');
  const { acquireLock } = await import(${JSON.stringify(MODULE)});
  process.stdout.write('ready');
  const [at] = await once(process.stdin, 'data');
  while (Date.now() < Number(at));
  process.stdout.write(acquireLock(${JSON.stringify(file)}, 'test') === undefined ? 'taken' : 'held');
  process.stdin.resume();`;

test.each(['free', 'abandoned', 'free', 'abandoned', 'abandoned'])(
  'when processes acquire a lock (%s) at the same moment, exactly one succeeds',
  async (state) => {
    const file = join(directory, 'lock');
    if (state === 'abandoned') {
      writeFileSync(file, JSON.stringify({ pid: 999_999_999, startTime: '1', command: 'npm start' }));
    }
    const children = Array.from({ length: PROCESSES }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', program(file)], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    );
    const said = (): Promise<string[]> =>
      Promise.all(children.map(async ({ stdout }) => String(await once(stdout, 'data'))));
    await said();
    const outcome = said();
    const at = Date.now() + NOTICE_MS;
    for (const child of children) {
      child.stdin.write(String(at));
    }
    const outcomes = await outcome;
    for (const child of children) {
      child.stdin.end();
    }
    await Promise.all(children.map((child) => once(child, 'exit')));

    expect(outcomes.sort()).toEqual(['held', 'held', 'held', 'taken']);
  },
);
