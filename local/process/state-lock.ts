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
 * Makes this process the only one that works on a state directory, until it ends.
 * @throws OrderlyError that names the other one.
 */
export function holdState(stateDirectory: string, command: string): void {
  const holder = takeStateLock(stateDirectory, command);
  if (holder) {
    throw new OrderlyError(
      'local_stack',
      `"${holder.command}" is running here already (pid ${holder.pid}): stop it first with Ctrl-C in its terminal, or with "kill ${holder.pid}".`,
    );
  }
}

function takeStateLock(stateDirectory: string, command: string): LockHolder | undefined {
  try {
    return takeLock(stateLock(stateDirectory), command);
  } catch (cause) {
    const why = Error.isError(cause) ? cause.message : String(cause);
    throw new OrderlyError(
      'local_stack',
      `The state directory ${stateDirectory} cannot be used (${why}): make it yours, or set STATE_DIR to another.`,
      { cause },
    );
  }
}

/** Who works on a state directory now. */
export function findStateHolder(stateDirectory: string): LockHolder | undefined {
  return findLockHolder(stateLock(stateDirectory));
}

/**
 * Takes a lock for this process, or returns who has it. A holder that has ended, however it ended, counts as
 * gone. `command` is what people know the holder by.
 */
export function takeLock(file: string, command: string): LockHolder | undefined {
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

/** The live process that holds a lock. */
export function findLockHolder(file: string): LockHolder | undefined {
  const holder = readRecord(file, lockHolder);
  return holder && isRunning(holder) ? holder : undefined;
}

export function releaseLock(file: string): void {
  rmSync(file, { force: true });
}

/**
 * Several may find the same lock abandoned. One at a time removes it, and looks again before: the others must
 * not remove what the first has put in its place.
 */
function removeAbandoned(file: string): void {
  const takeover = `${file}.takeover`;
  if (takeLock(takeover, 'removing an abandoned lock') === undefined) {
    if (!findLockHolder(file)) {
      rmSync(file, { force: true });
    }
    releaseLock(takeover);
  }
}

/** A link appears with its content or not at all, and to one of two who try. */
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
