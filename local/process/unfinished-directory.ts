import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * A new directory beside `target` to build its content in, to be renamed to `target` when complete: so
 * `target` is whole or not there, whenever a build is cut off. What earlier builds have left is removed; the
 * name is a new one each time because the tool of a killed build may still be writing.
 */
export function createUnfinishedDirectory(target: string): string {
  const prefix = `${basename(target)}.unfinished-`;
  const leftovers = readdirSync(dirname(target)).filter((name) => name.startsWith(prefix));
  for (const leftover of leftovers) {
    rmSync(join(dirname(target), leftover), { recursive: true, force: true, maxRetries: 5 });
  }
  return mkdtempSync(join(dirname(target), prefix));
}
