import { join } from 'node:path';
import { pythonEnvironment } from '../../cli/python-environment.ts';

const REQUIREMENTS = join(import.meta.dirname, '../deployment/requirements');

/** The oldest supported Python of each program. */
const oldestPython = { 'cfn-lint': '3.9', checkov: '3.9', ministack: '3.10', schemathesis: '3.10' } as const;

/**
 * Returns the path of a program from the Python package index. Creates its virtual environment at the first call.
 * Undefined without a Python that is new enough and has `venv`.
 */
export async function pythonTool(name: keyof typeof oldestPython): Promise<string | undefined> {
  const bin = await pythonEnvironment(name, join(REQUIREMENTS, `${name}.txt`), oldestPython[name]);
  return bin && join(bin, name);
}
