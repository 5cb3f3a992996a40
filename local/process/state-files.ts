import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

/** The servers of the stack, by the names of their records and folders. */
export type ServerName = 'kafka' | 'postgres';

const serverRecord = z.object({
  pid: z.int().positive(),
  startTime: z.string(),
  port: z.int().positive(),
  /** The command that ends it: the `npm start` that runs it, or `npm run stack -- down`. */
  startedBy: z.enum(['start', 'stack']),
  /** ISO 8601. */
  since: z.string(),
});

export type ServerRecord = z.infer<typeof serverRecord>;
export type StartedBy = ServerRecord['startedBy'];

/** The file that records the process of a server or of the functions. The next start finds processes that were left. */
export const recordFile = (stateDirectory: string, name: ServerName | 'offline'): string =>
  join(stateDirectory, `${name}.json`);

export function readServerRecord(stateDirectory: string, name: ServerName): ServerRecord | undefined {
  return readRecord(recordFile(stateDirectory, name), serverRecord);
}

/** Reads a small JSON file. Returns undefined if it is missing or damaged. */
export function readRecord<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
): z.infer<Schema> | undefined {
  try {
    return schema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

/** Writes a small JSON file atomically: a reader sees the old or the new content. */
export function writeRecord(file: string, record: object): void {
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, `${JSON.stringify(record)}\n`);
  renameSync(unfinished, file);
}

export function removeRecord(file: string): void {
  rmSync(file, { force: true });
}
