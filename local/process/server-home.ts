import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import type { ServerName } from './state-files.ts';

/** Marks a directory that Orderly created: STATE_DIR may contain a foreign `kafka/` or `postgres/`. */
const MARKER = '.made-by-orderly';

const MARKER_TEXT = 'Data and logs of a local Orderly. "npm run reset" removes this directory.\n';

/** The directory of a server's data, log and configuration. */
export const serverHome = (stateDirectory: string, name: ServerName): string => join(stateDirectory, name);

/**
 * Creates and marks the server's home if it does not exist, and returns its path.
 * @throws OrderlyError if Orderly did not create the existing directory; nothing is written.
 */
export function createServerHome(stateDirectory: string, name: ServerName): string {
  assertOwnHome(stateDirectory, name);
  const home = serverHome(stateDirectory, name);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, MARKER), MARKER_TEXT);
  return home;
}

/** @throws OrderlyError that names the path if Orderly did not create it. */
export function assertOwnHome(stateDirectory: string, name: ServerName): void {
  const home = serverHome(stateDirectory, name);
  if (!isOwn(home)) {
    throw new OrderlyError(
      'local_stack',
      `${home} was not created by Orderly and stays unchanged: move it away, or set STATE_DIR to another directory.`,
    );
  }
}

/** Removes a server's home. The marker is removed last, so that an interrupted removal can be repeated. */
export function removeServerHome(stateDirectory: string, name: ServerName): void {
  assertOwnHome(stateDirectory, name);
  const home = serverHome(stateDirectory, name);
  const content = existsSync(home) ? readdirSync(home).filter((entry) => entry !== MARKER) : [];
  for (const entry of content) {
    rmSync(join(home, entry), { recursive: true, force: true });
  }
  rmSync(home, { recursive: true, force: true });
}

/** An empty directory counts as ours: the process may have ended before it wrote the marker. */
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
    return false; // a directory of another account that we cannot read
  }
}
