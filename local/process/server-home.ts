import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import type { ServerName } from './state-files.ts';

/** Says that a directory is ours: STATE_DIR may point to one that has a `kafka/` or `postgres/` of somebody else. */
const MARKER = '.made-by-orderly';

const MARKER_TEXT = 'Data and logs of a local Orderly. "npm run reset" removes this directory.\n';

/** Where a server keeps its data, its log and its configuration. */
export const serverHome = (stateDirectory: string, name: ServerName): string => join(stateDirectory, name);

/**
 * The server's home, created and marked as ours if it is not there.
 * @throws OrderlyError when it is there and not ours; nothing is written then.
 */
export function createServerHome(stateDirectory: string, name: ServerName): string {
  assertOwnHome(stateDirectory, name);
  const home = serverHome(stateDirectory, name);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, MARKER), MARKER_TEXT);
  return home;
}

/** @throws OrderlyError that names the path when Orderly has not made what is there. */
export function assertOwnHome(stateDirectory: string, name: ServerName): void {
  const home = serverHome(stateDirectory, name);
  if (!isOwn(home)) {
    throw new OrderlyError(
      'local_stack',
      `${home} was not made by Orderly and is left as it is: move it away, or set STATE_DIR to another directory.`,
    );
  }
}

/** Removes a server's home; the marker goes last, so that one half removed is still ours to remove. */
export function removeServerHome(stateDirectory: string, name: ServerName): void {
  assertOwnHome(stateDirectory, name);
  const home = serverHome(stateDirectory, name);
  const content = existsSync(home) ? readdirSync(home).filter((entry) => entry !== MARKER) : [];
  for (const entry of content) {
    rmSync(join(home, entry), { recursive: true, force: true });
  }
  rmSync(home, { recursive: true, force: true });
}

/** A directory that is empty may be one whose marker was about to be written. */
function isOwn(home: string): boolean {
  const found = statSync(home, { throwIfNoEntry: false });
  if (!found) {
    return true;
  }
  return found.isDirectory() && (existsSync(join(home, MARKER)) || isEmpty(home));
}

function isEmpty(directory: string): boolean {
  try {
    return readdirSync(directory).length === 0;
  } catch {
    return false; // another account's, which we may not even read
  }
}
