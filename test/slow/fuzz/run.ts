import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../../cli/command.ts';
import { createOutput, type Output } from '../../../cli/output.ts';
import { listenForStop } from '../../../cli/stop-request.ts';
import { pythonTool } from '../../support/python-tools.ts';
import { describeRun, findShortfalls } from './find-shortfalls.ts';
import { fuzzApi, logFile } from './fuzz-api.ts';
import { type FuzzOptions, fuzzHelp, fuzzOptions, readFuzzOptions } from './fuzz-options.ts';
import { fuzzedDocument, operationsOf } from './fuzzed-document.ts';
import { startApi } from './start-api.ts';

await runCommand({
  help: fuzzHelp,
  options: fuzzOptions,
  run: async (_args, given) => {
    const options = readFuzzOptions(given);
    const output = createOutput(process.stdout);
    const program = await pythonTool('schemathesis');
    if (program === undefined) {
      output.print('SKIPPED: the fuzzer needs python3, 3.10 or newer, with venv. Nothing was tested.');
      return process.env.CI ? 1 : 0; // a skipped proof must fail in CI
    }
    const { signal } = listenForStop(() => process.exit(130));
    const directory = mkdtempSync(join(tmpdir(), 'orderly-fuzz-'));
    try {
      const isSound = await fuzzAll(options, { program, directory, output, signal });
      if (isSound) {
        rmSync(directory, { recursive: true });
      }
      return isSound ? 0 : 1;
    } catch (error) {
      if (!signal.aborted) {
        throw error;
      }
      output.warn('Stopped before the end');
      return 130;
    }
  },
});

interface Surroundings {
  readonly program: string;
  readonly directory: string;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** Runs every seed against every kind of API. Returns whether no run has a finding or proves too little. */
async function fuzzAll({ auths, seeds, cases }: FuzzOptions, surroundings: Surroundings): Promise<boolean> {
  const { program, output, signal } = surroundings;
  let isSound = true;
  for (const auth of auths) {
    await using api = await startApi(auth);
    const document = fuzzedDocument(await api.document(), { open: auth === 'none' });
    const operations = operationsOf(document);
    for (const seed of seeds) {
      output.step(`seed ${seed}, ${auth === 'none' ? 'without tokens' : 'with a token'} …`);
      const directory = join(surroundings.directory, `${auth}-${seed}`);
      const startedAt = performance.now();
      const report = await fuzzApi({ ...api, program, document, seed, cases, directory, signal });
      output.step(describeRun(report, operations, performance.now() - startedAt));
      const shortfalls = findShortfalls(report, operations);
      if (shortfalls.length > 0) {
        isSound = false;
        output.print(readFileSync(logFile(directory), 'utf8'));
        shortfalls.forEach(output.warn);
        output.warn(`The requests and the answers are in ${directory}`);
      }
    }
  }
  return isSound;
}
