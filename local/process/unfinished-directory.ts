import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

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
