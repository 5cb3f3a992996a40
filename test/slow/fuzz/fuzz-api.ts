import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OrderlyError } from '../../../lib/errors/orderly-error.ts';
import { type FuzzReport, readReport } from './read-report.ts';

export interface FuzzPlan {
  /** The path of schemathesis. */
  readonly program: string;
  readonly apiUrl: string;
  readonly token: string | undefined;
  /** The OpenAPI document with which the answers are compared. */
  readonly document: unknown;
  readonly seed: number;
  /** The requests per operation of the phase "fuzzing". */
  readonly cases: number;
  /** Further options of schemathesis. */
  readonly options?: readonly string[];
  /** For the files of the run. Created if it does not exist. */
  readonly directory: string;
  /** Kills the fuzzer. */
  readonly signal: AbortSignal;
}

/** Has the output of schemathesis, which describes each finding with a request that repeats it. */
export const logFile = (directory: string): string => join(directory, 'schemathesis.log');

/** Tests an API against a document once. @throws OrderlyError if schemathesis cannot do it */
export async function fuzzApi({ directory, signal, ...plan }: FuzzPlan): Promise<FuzzReport> {
  mkdirSync(directory, { recursive: true });
  const documentFile = join(directory, 'openapi.json');
  const reportFile = join(directory, 'report.ndjson');
  writeFileSync(documentFile, JSON.stringify(plan.document));
  const log = openSync(logFile(directory), 'w');
  const fuzzer = spawn(
    plan.program,
    [
      ...['--no-color', '--config-file', join(import.meta.dirname, 'schemathesis.toml'), 'run', documentFile],
      ...['--url', plan.apiUrl, '--seed', `${plan.seed}`, '--max-examples', `${plan.cases}`],
      ...['--report', 'ndjson', '--report-ndjson-path', reportFile],
      ...(plan.token === undefined ? [] : ['--header', `Authorization: Bearer ${plan.token}`]),
      ...(plan.options ?? []),
    ],
    {
      cwd: directory, // it writes files of its own there
      env: {
        ...process.env,
        SCHEMATHESIS_HOOKS: join(import.meta.dirname, 'hooks.py'),
        PYTHONDONTWRITEBYTECODE: '1',
      },
      stdio: ['ignore', log, log],
      signal,
    },
  );
  closeSync(log);
  const [exitCode] = await once(fuzzer, 'close');
  signal.throwIfAborted();
  if (exitCode !== 0 && exitCode !== 1) {
    throw new OrderlyError('local_stack', `schemathesis ended with ${exitCode}: see ${logFile(directory)}`);
  }
  const report = await readReport(reportFile);
  const isExplained = exitCode === 0 || report.findings.length > 0;
  return isExplained ? report : { ...report, findings: ['schemathesis ended with a warning'] }; // only its output contains warnings
}
