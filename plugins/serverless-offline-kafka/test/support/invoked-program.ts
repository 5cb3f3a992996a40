import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Outcome, Report, Request } from './invoke-functions.ts';

const PROGRAM = join(import.meta.dirname, 'invoke-functions.ts');

export interface Run extends Report {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program. It must end within two minutes: nothing may be pending after `close`. */
export async function invokeFunctions(request: Request): Promise<Run> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [PROGRAM, JSON.stringify(request)], {
    timeout: 120_000,
    env: { ...process.env, AWS_PROFILE: 'laptop', NOT_FOR_FUNCTIONS: 'secret' },
  });
  const report: Report = JSON.parse(stdout.slice(stdout.lastIndexOf('\n')));
  return { ...report, stdout, stderr };
}

/** Invokes all functions at once, and returns their outcomes. */
export async function outcomesOf<Key extends string>(
  keys: readonly Key[],
  request: Omit<Request, 'rounds'>,
): Promise<Readonly<Record<Key, Outcome | undefined>>> {
  const { outcomes } = await invokeFunctions({ ...request, rounds: [keys.map((key) => ({ key }))] });
  return Object.fromEntries(keys.map((key, index) => [key, outcomes[index]])) as Record<Key, Outcome>;
}

/** Creates a folder with these files. `removeServices` removes it. */
export function aServiceOf(files: Readonly<Record<string, string>>): string {
  const servicePath = mkdtempSync(join(tmpdir(), 'serverless-offline-kafka-'));
  services.push(servicePath);
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(servicePath, name), content);
  }
  return servicePath;
}

const services: string[] = [];

/** Removes all folders. Call it in `afterEach`. */
export function removeServices(): void {
  for (const servicePath of services.splice(0)) {
    rmSync(servicePath, { recursive: true });
  }
}
