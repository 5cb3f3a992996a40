import { cp, glob, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { usageError } from '../../cli/command.ts';

/** Contracts by their path, such as `openapi.json` or `schemas/order-record.json`. */
export type ContractFiles = Readonly<Record<string, unknown>>;

const DOCUMENTS = ['openapi.json', 'asyncapi.json'];
const SCHEMAS = 'schemas/*.json';

/** A document that is missing is an error: without it, nothing would be compared. */
export async function readContracts(directory: string): Promise<ContractFiles> {
  const schemas: string[] = [];
  for await (const path of glob(SCHEMAS, { cwd: directory })) {
    schemas.push(path);
  }
  const paths = [...DOCUMENTS, ...schemas].sort();
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path, await readJson(join(directory, path))])),
  );
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw usageError(
      `${file} cannot be read: ${Error.isError(error) ? error.message : error}. Restore it from git.`,
    );
  }
}

/** The version of the released contracts. */
export async function readReleasedVersion(directory: string): Promise<string> {
  return (await readFile(join(directory, 'VERSION'), 'utf8')).trim();
}

/** Replaces the released contracts by copies of the current ones. */
export async function copyContracts(current: string, released: string, version: string): Promise<void> {
  await rm(released, { recursive: true, force: true });
  await mkdir(released);
  for await (const path of glob([...DOCUMENTS, SCHEMAS], { cwd: current })) {
    await cp(join(current, path), join(released, path));
  }
  await writeFile(join(released, 'VERSION'), `${version}\n`);
}
