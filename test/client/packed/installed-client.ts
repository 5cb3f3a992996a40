import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';

const execute = promisify(execFile);
const TYPESCRIPT = join(import.meta.dirname, '../../../node_modules/typescript-native/bin/tsc');

/** A plain project in a temporary folder with the client from its tarball. */
export interface InstalledClient extends Disposable {
  readonly directory: string;
  /** The files of the tarball. */
  readonly packedFiles: readonly string[];
  /** Type-checks a source strictly, and without Node's types. Rejects with the errors of the compiler. */
  typeCheck(source: string, settings: readonly string[]): Promise<void>;
  /** Runs a source as an ES module. Returns its output. */
  run(node: string, source: string, environment: NodeJS.ProcessEnv): Promise<string>;
}

const packReport = z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) });

export async function installClient(): Promise<InstalledClient> {
  const directory = mkdtempSync(join(tmpdir(), 'orderly-client-packed-'));
  const { stdout } = await execute('npm', ['pack', '--json', '--silent', '--pack-destination', directory], {
    cwd: 'client',
  });
  // npm prints a list; newer releases print an object by package name
  const [report] = Object.values(z.record(z.string(), packReport).parse({ ...JSON.parse(stdout) }));
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }');
  const quietly = ['--offline', '--no-audit', '--no-fund', '--loglevel=error'];
  await execute('npm', ['install', ...quietly, `./${report?.filename}`], { cwd: directory });

  const write = (name: string, source: string): string => {
    writeFileSync(join(directory, name), source);
    return name;
  };
  return {
    directory,
    packedFiles: report?.files.map(({ path }) => path) ?? [],
    typeCheck: async (source, settings) => {
      const strict = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false'];
      const files = [write('use.ts', source)];
      await execute(process.execPath, [TYPESCRIPT, ...strict, '--types', '', ...settings, ...files], {
        cwd: directory,
      });
    },
    run: async (node, source, environment) => {
      const ran = await execute(node, [write('use.js', source)], {
        cwd: directory,
        env: { PATH: process.env.PATH, ...environment }, // without the options with which jest runs Node
      });
      return ran.stdout;
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
}
