import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ownIdentity } from '../../../local/process/process-table.ts';
import { acquireLock, findStateHolder, holdState, releaseLock } from '../../../local/process/state-lock.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'state-lock-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('a locked state directory is rejected with the command and pid of its owner', () => {
  holdState(directory, 'npm start');

  expect(() => holdState(directory, 'npm run reset')).toThrow(
    `"npm start" is already running here (pid ${process.pid}): stop it first`,
  );
  expect(findStateHolder(directory)).toMatchObject({ pid: process.pid, command: 'npm start' });
});

test.each([
  ['has ended', JSON.stringify({ pid: 999_999_999, startTime: '1', command: 'npm start' })],
  [
    'has ended and whose pid belongs to another process now',
    JSON.stringify({ pid: process.pid, startTime: 'x', command: 'y' }),
  ],
  ['wrote an incomplete file', '{"pid": 12'],
])('the lock of a process that %s is free', (_case, content) => {
  const file = join(directory, 'lock');
  writeFileSync(file, content);

  expect(acquireLock(file, 'test')).toBeUndefined();
  expect(acquireLock(file, 'another')).toEqual({ ...ownIdentity(), command: 'test' });
});

test('a released lock is free', () => {
  const file = join(directory, 'lock');
  acquireLock(file, 'first');

  releaseLock(file);

  expect(acquireLock(file, 'second')).toBeUndefined();
});
