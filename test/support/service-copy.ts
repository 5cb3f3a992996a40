import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import * as z from 'zod';

const PROJECT_ROOT = join(import.meta.dirname, '../..');
/** Folders that deployed code does not import. */
const NOT_COPIED: ReadonlySet<string> = new Set(['bench', 'docs', 'node_modules', 'test']);

/** The folders of built files, which a running command may replace. */
const BUILT = 'dist';

const CLI = join(PROJECT_ROOT, 'node_modules/serverless/bin/serverless.js');
const TEMPLATE = 'cloudformation-template-update-stack.json';

const templateSchema = z.object({
  Resources: z.record(
    z.string(),
    z.object({
      Type: z.string(),
      Properties: z.record(z.string(), z.unknown()).default({}),
      DeletionPolicy: z.string().optional(),
      UpdateReplacePolicy: z.string().optional(),
    }),
  ),
  Outputs: z.record(z.string(), z.unknown()).default({}),
});

export type Template = z.infer<typeof templateSchema>;
export type Resources = Template['Resources'];

export interface Ended {
  readonly exitCode: number;
  /** Both streams. */
  readonly output: string;
}

/** A copy of the project, because packaging writes into its directory and several tests package concurrently. */
export interface ServiceCopy extends Disposable {
  readonly directory: string;
  /** `npm run package` with more arguments. */
  npmRunPackage(args?: readonly string[], environment?: NodeJS.ProcessEnv): Promise<Ended>;
  /** A command of the framework for the service in this folder, by default the application's. */
  serverless(args: readonly string[], folder?: string, environment?: NodeJS.ProcessEnv): Promise<Ended>;
  /** Reads a packaged file. */
  packaged(name: string): Buffer;
  /** Reads the last packaged template of this folder. */
  template(folder?: string): Template;
  templateFile(folder?: string): string;
  /** Resources of the application's template. */
  resources(): Resources;
}

/** Copies the project. Commands in the copy have no account, no credentials and no settings of this machine. */
export function copyService(from = PROJECT_ROOT): ServiceCopy {
  const directory = mkdtempSync(join(tmpdir(), 'orderly-package-'));
  // excludes names with a leading dot: Git, local state, .env and earlier packages
  const sources = readdirSync(from).filter((name) => !name.startsWith('.') && !NOT_COPIED.has(name));
  for (const source of sources) {
    cpSync(join(from, source), join(directory, source), {
      recursive: true,
      filter: (path) => basename(path) !== BUILT,
    });
  }
  symlinkSync(join(PROJECT_ROOT, 'node_modules'), join(directory, 'node_modules'));
  return openServiceCopy(directory);
}

/** Opens an existing copy. */
export function openServiceCopy(directory: string): ServiceCopy {
  const packaged = (name: string): Buffer => readFileSync(join(directory, '.serverless', name));
  const run = (
    command: string,
    args: readonly string[],
    environment: NodeJS.ProcessEnv = {},
    folder = '.',
  ): Promise<Ended> =>
    runToEnd(command, args, join(directory, folder), {
      PATH: process.env.PATH,
      HOME: directory,
      ...environment,
    });
  const templateFile = (folder = '.'): string => join(directory, folder, '.serverless', TEMPLATE);
  const template = (folder?: string): Template =>
    templateSchema.parse(JSON.parse(readFileSync(templateFile(folder), 'utf8')));
  return {
    directory,
    npmRunPackage: (args = [], environment = {}) =>
      run('npm', ['run', '--silent', 'package', '--', ...args], environment),
    serverless: (args, folder, environment) => run(process.execPath, [CLI, ...args], environment, folder),
    packaged,
    template,
    templateFile,
    resources: () => template().Resources,
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function runToEnd(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(command, args, { cwd, env }, (_error, stdout, stderr) =>
      resolve({ exitCode: child.exitCode ?? -1, output: stdout + stderr }),
    );
  });
}
