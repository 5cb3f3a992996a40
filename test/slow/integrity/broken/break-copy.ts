import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Edit } from './variants.ts';

/** Applies edits in order to a copy of the project. */
export function breakCopy(directory: string, edits: readonly Edit[]): void {
  for (const edit of edits) {
    const path = join(directory, edit.file);
    writeFileSync(path, broken(readFileSync(path, 'utf8'), edit));
  }
}

/** @throws when the text does not occur exactly once: the edit would break other code, or none. */
export function broken(source: string, { file, find, replace }: Edit): string {
  const occurrences = source.split(find).length - 1;
  if (occurrences !== 1) {
    throw new Error(
      `${file} contains the text to replace ${occurrences} times instead of once: adapt the variant to the code.\n${find}`,
    );
  }
  return source.replace(find, () => replace);
}
