import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pollUntil } from '../../cli/poll-until.ts';
import { acquireLock, releaseLock } from './state-lock.ts';

const OTHER_BUILD_TIMEOUT_MS = 300_000;

/**
 * Creates a directory next to `target` for its content. The caller renames it to `target` when it is complete, so an
 * interrupted build never leaves a partial `target`. Removes the directories of earlier builds. Each name is new,
 * because the tool of a killed build may still write.
 */
export function createUnfinishedDirectory(target: string): string {
  const prefix = `${basename(target)}.unfinished-`;
  const leftovers = readdirSync(dirname(target)).filter((name) => name.startsWith(prefix));
  for (const leftover of leftovers) {
    rmSync(join(dirname(target), leftover), { recursive: true, force: true, maxRetries: 5 });
  }
  return mkdtempSync(join(dirname(target), prefix));
}

export interface DirectoryBuild {
  /** The work of the lock's holder, such as `resolving Kafka`. */
  readonly purpose: string;
  /** Fills the directory whose path it receives. */
  readonly build: (unfinished: string) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Builds a directory unless it exists. A second process waits meanwhile. An interrupted build leaves no partial result.
 */
export async function ensureDirectory(
  target: string,
  { purpose, build, signal }: DirectoryBuild,
): Promise<void> {
  const lock = `${target}.lock`;
  let isMine = false;
  const takeMine = (): boolean => {
    isMine = acquireLock(lock, purpose) === undefined;
    return isMine;
  };
  await pollUntil(() => existsSync(target) || takeMine(), {
    intervalMs: 100,
    timeoutMs: OTHER_BUILD_TIMEOUT_MS,
    signal,
  });
  try {
    if (isMine && !existsSync(target)) {
      const unfinished = createUnfinishedDirectory(target);
      await build(unfinished);
      renameSync(unfinished, target);
    }
  } finally {
    if (isMine) {
      releaseLock(lock);
    }
  }
}
