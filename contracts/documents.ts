import { glob, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openApiDocument } from './openapi/document.ts';
import { asyncApiDocument } from './records/asyncapi.ts';
import { schemaDocuments } from './records/record-schemas.ts';

/** The contents of every generated file, by its path in `contracts/`. */
function documents(): Readonly<Record<string, unknown>> {
  return {
    'openapi.json': openApiDocument(),
    'asyncapi.json': asyncApiDocument(),
    ...Object.fromEntries(
      Object.entries(schemaDocuments()).map(([name, schema]) => [`schemas/${name}.json`, schema]),
    ),
  };
}

/** The files that `documents` generates. A released copy is in a folder of its own. */
const GENERATED = ['*.json', 'schemas/*.json'];

const textOf = (document: unknown): string => `${JSON.stringify(document, undefined, 2)}\n`;

/** Returns the generated files of the directory that are missing, differ, or that nothing generates any more. */
export async function outdatedDocuments(directory: string): Promise<string[]> {
  const generated = documents();
  const existing: string[] = [];
  for await (const path of glob(GENERATED, { cwd: directory })) {
    existing.push(path);
  }
  const unequal = await Promise.all(
    Object.entries(generated).map(async ([path, document]) => {
      const text = existing.includes(path) ? await readFile(join(directory, path), 'utf8') : undefined;
      return text === textOf(document) ? [] : [path];
    }),
  );
  return [...unequal.flat(), ...existing.filter((path) => !Object.hasOwn(generated, path))].sort();
}

/** Writes the outdated files of the directory, and deletes those that nothing generates any more. Returns their paths. */
export async function writeDocuments(directory: string): Promise<string[]> {
  const generated = documents();
  const outdated = await outdatedDocuments(directory);
  for (const path of outdated) {
    const file = join(directory, path);
    if (Object.hasOwn(generated, path)) {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, textOf(generated[path]));
    } else {
      await rm(file);
    }
  }
  return outdated;
}
