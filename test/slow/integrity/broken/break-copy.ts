import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Edit } from './variants.ts';

/** Applies edits to a copy of the project, in their order. */
export function breakCopy(directory: string, edits: readonly Edit[]): void {
  for (const edit of edits) {
    const path = join(directory, edit.file);
    writeFileSync(path, broken(readFileSync(path, 'utf8'), edit));
  }
}

/** @throws when the text does not stand there exactly once: the variant would be another one, or none at all. */
export function broken(source: string, { file, find, replace }: Edit): string {
  const places = source.split(find).length - 1;
  if (places !== 1) {
    throw new Error(
      `${file} has the text to be replaced ${places} times instead of once: the variant must follow the code.\n${find}`,
    );
  }
  return source.replace(find, () => replace);
}
