import { linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { hasErrorCode } from '../../cli/error-code.ts';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import { isRunning, ownIdentity } from './process-table.ts';
import { readRecord } from './state-files.ts';

const lockHolder = z.object({ pid: z.int().positive(), startTime: z.string(), command: z.string() });

export type LockHolder = z.infer<typeof lockHolder>;

const stateLock = (stateDirectory: string): string => join(stateDirectory, 'lock');

/**
 * Locks a state directory for this process until it ends.
 * @throws OrderlyError that names the process which holds the lock.
 */
export function holdState(stateDirectory: string, command: string): void {
  const holder = acquireStateLock(stateDirectory, command);
  if (holder) {
    throw new OrderlyError(
      'local_stack',
      `"${holder.command}" is already running here (pid ${holder.pid}): stop it first with Ctrl-C in its terminal, or with "kill ${holder.pid}".`,
    );
  }
}

function acquireStateLock(stateDirectory: string, command: string): LockHolder | undefined {
  try {
    return acquireLock(stateLock(stateDirectory), command);
  } catch (cause) {
    const why = Error.isError(cause) ? cause.message : String(cause);
    throw new OrderlyError(
      'local_stack',
      `The state directory ${stateDirectory} cannot be used (${why}): make it yours, or set STATE_DIR to another.`,
      { cause },
    );
  }
}

/** Returns the live process that holds the lock of a state directory. */
export function findStateHolder(stateDirectory: string): LockHolder | undefined {
  return findLockHolder(stateLock(stateDirectory));
}

/**
 * Acquires a lock for this process, or returns its holder. A lock whose holder has ended is abandoned and can be acquired.
 * `command` names the holder in messages.
 */
export function acquireLock(file: string, command: string): LockHolder | undefined {
  mkdirSync(dirname(file), { recursive: true });
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, JSON.stringify({ ...ownIdentity(), command }));
  try {
    while (!linkExclusively(mine, file)) {
      const holder = findLockHolder(file);
      if (holder) {
        return holder;
      }
      removeAbandoned(file);
    }
    return undefined;
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Returns the live process that holds a lock. */
export function findLockHolder(file: string): LockHolder | undefined {
  const holder = readRecord(file, lockHolder);
  return holder && isRunning(holder) ? holder : undefined;
}

export function releaseLock(file: string): void {
  rmSync(file, { force: true });
}

/**
 * Several processes may find the same abandoned lock. One at a time checks it again and removes it, so that no process
 * removes a lock that another one has just acquired.
 */
function removeAbandoned(file: string): void {
  const takeover = `${file}.takeover`;
  if (acquireLock(takeover, 'removing an abandoned lock') === undefined) {
    if (!findLockHolder(file)) {
      rmSync(file, { force: true });
    }
    releaseLock(takeover);
  }
}

/** Creates a hard link. It is atomic: of two processes exactly one succeeds, and the file is complete. */
function linkExclusively(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (hasErrorCode(error, 'EEXIST')) {
      return false;
    }
    throw error;
  }
}
