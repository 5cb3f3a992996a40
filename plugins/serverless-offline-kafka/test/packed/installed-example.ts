import { execFile, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../../../local/process/ports.ts';

const PACKAGE = join(import.meta.dirname, '../..');
/** Installed in a separate folder, because the repository's Node 24 has the same package name. */
const NODE_20 = `node-linux-${process.arch}@20.20.2`;
const NPM_QUIETLY = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];

const execute = promisify(execFile);

/** The example in a temporary folder, with its dependencies from the registry and the plugin from its tarball. */
export interface InstalledExample {
  readonly directory: string;
  /** The files of the tarball. */
  readonly packedFiles: readonly string[];
  /** Runs `serverless offline start`. */
  start(node: string, environment: NodeJS.ProcessEnv): Promise<RunningExample>;
  /** Ends the processes and removes the folder. */
  remove(): Promise<void>;
}

export interface RunningExample {
  output(): string;
  /** Sends SIGINT. Resolves with the exit code. */
  interrupt(): Promise<number | null>;
}

export async function installExample(): Promise<InstalledExample> {
  const root = mkdtempSync(join(tmpdir(), 'serverless-offline-kafka-packed-'));
  const directory = join(root, 'example');
  const cleanups: (() => Promise<unknown>)[] = [];
  cpSync(join(PACKAGE, 'example'), directory, { recursive: true, filter: isSource });
  const packed = await execute('npm', ['pack', '--json', '--silent', '--pack-destination', root], {
    cwd: PACKAGE,
  });
  await execute('npm', ['install', ...NPM_QUIETLY], { cwd: directory });

  return {
    directory,
    packedFiles: pathsOf(packed.stdout),
    start: async (node, environment) => {
      const serverless = join(directory, 'node_modules/serverless/bin/serverless.js');
      const ports = ['--lambdaPort', `${await freePort()}`];
      const child = spawn(node, [serverless, 'offline', 'start', ...ports], {
        cwd: directory,
        stdio: ['ignore', 'pipe', 'pipe'],
        // without the options with which jest runs Node
        env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          output += text;
        });
      }
      const ended = new Promise<number | null>((resolve) => {
        child.once('close', resolve);
      });
      cleanups.push(() => {
        child.kill('SIGKILL');
        return ended;
      });
      return {
        output: () => output,
        interrupt: () => {
          child.kill('SIGINT');
          return ended;
        },
      };
    },
    remove: async () => {
      await Promise.all(cleanups.map((cleanup) => cleanup()));
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Installs Node 20 in a subfolder and returns its path. */
export async function installNode20(directory: string): Promise<string> {
  const folder = join(directory, '.node-20');
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{}');
  await execute('npm', ['install', ...NPM_QUIETLY, NODE_20], { cwd: folder });
  return join(folder, 'node_modules/.bin/node');
}

/** Excludes files of an earlier installation of the example. */
const isSource = (path: string): boolean =>
  !['node_modules', '.serverless', 'package-lock.json'].includes(basename(path));

/** npm prints a list; newer releases print an object by package name. */
function pathsOf(json: string): string[] {
  const [report]: { files: { path: string }[] }[] = Object.values(JSON.parse(json));
  return report?.files.map(({ path }) => path) ?? [];
}
