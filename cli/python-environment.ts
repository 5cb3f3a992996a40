import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from './run-tool.ts';

const ENVIRONMENTS = join(import.meta.dirname, '../.local/python');

/**
 * Returns the `bin` directory of a virtual environment with the packages of a requirements file, under `.local/python/`.
 * Creates it at the first call, and again when the file has changed. Undefined without a `python3` that is new enough and has
 * `venv`. `oldestPython` is a version such as 3.10.
 */
export async function pythonEnvironment(
  name: string,
  requirements: string,
  oldestPython: string,
): Promise<string | undefined> {
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 8);
  const environment = join(ENVIRONMENTS, `${name}-${hash}`);
  const bin = join(environment, 'bin');
  const complete = join(environment, 'complete');
  // its programs contain its path, so they do not start after the folder was moved
  if (existsSync(complete) && readFileSync(complete, 'utf8') === environment) {
    return bin;
  }
  if (!(await isPythonThere(oldestPython))) {
    return undefined;
  }
  process.stderr.write(`Installing ${name} into ${environment} (once) …\n`);
  rmSync(environment, { recursive: true, force: true }); // an incomplete environment of an interrupted run
  await runTool('python3', ['-m', 'venv', environment], {});
  await runTool(join(bin, 'pip'), ['install', '--quiet', '--requirement', requirements], {});
  writeFileSync(complete, environment);
  return bin;
}

const isPythonThere = (oldest: string): Promise<boolean> =>
  runTool(
    'python3',
    ['-c', `import sys, venv, ensurepip; assert sys.version_info >= (${oldest.replace('.', ', ')})`],
    {},
  ).then(
    () => true,
    () => false,
  );
