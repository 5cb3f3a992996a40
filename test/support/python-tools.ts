import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from '../../cli/run-tool.ts';

const REQUIREMENTS = join(import.meta.dirname, '../deployment/requirements');
const ENVIRONMENTS = join(import.meta.dirname, '../../.local/python');

/** The oldest supported Python of each program. */
const oldestPython = { 'cfn-lint': '3.9', checkov: '3.9', ministack: '3.10' } as const;

/**
 * Returns the path of a program from the Python package index. Creates its virtual environment at the first call.
 * Undefined without a Python that is new enough and has `venv`.
 */
export async function pythonTool(name: keyof typeof oldestPython): Promise<string | undefined> {
  const requirements = join(REQUIREMENTS, `${name}.txt`);
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 8);
  const environment = join(ENVIRONMENTS, `${name}-${hash}`);
  const program = join(environment, 'bin', name);
  const complete = join(environment, 'complete');
  // its programs contain its path, so they do not start after the folder was moved
  if (existsSync(complete) && readFileSync(complete, 'utf8') === environment) {
    return program;
  }
  if (!(await isPythonThere(oldestPython[name]))) {
    return undefined;
  }
  process.stderr.write(`Installing ${name} into ${environment} (once) …\n`);
  rmSync(environment, { recursive: true, force: true }); // an incomplete environment of an interrupted run
  await runTool('python3', ['-m', 'venv', environment], {});
  await runTool(join(environment, 'bin/pip'), ['install', '--quiet', '--requirement', requirements], {});
  writeFileSync(complete, environment);
  return program;
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
