import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../../cli/command.ts';
import { createOutput, type Output } from '../../../cli/output.ts';
import { listenForStop } from '../../../cli/stop-request.ts';
import { OrderlyError } from '../../../lib/errors/orderly-error.ts';
import { PROJECT_ROOT } from '../../../local/settings.ts';
import {
  controlShortfalls,
  isCaught,
  isClear,
  runControl,
  runVariant,
  type VariantOutcome,
  type VariantRun,
} from './broken/run-variant.ts';
import { type Variant, variants } from './broken/variants.ts';
import { type Verdicts, verdictNames } from './checker/check.ts';
import { describeFault } from './faults/fault.ts';
import { findShortfalls } from './find-shortfalls.ts';
import { type IntegrityPlan, type IntegrityRun, runIntegrity } from './integrity-run.ts';
import { planIntegrity } from './plan-integrity.ts';
import { writeReport } from './report.ts';
import {
  type IntegrityOptions,
  integrityFlags,
  integrityHelp,
  integrityOptions,
  readIntegrityOptions,
} from './run-options.ts';

/** Longer than the lease of an attempt plus several maximum pauses between calls. */
const DRAIN_TIMEOUT_MS = 180_000;

await runCommand({
  help: integrityHelp,
  takesArguments: true,
  options: integrityOptions,
  flags: integrityFlags,
  run: async (names, given, flags) => {
    const options = readIntegrityOptions(names, given, flags);
    const output = createOutput(process.stdout);
    const { signal } = listenForStop(() => process.exit(130));
    try {
      return await prove(options, output, signal);
    } catch (error) {
      if (!signal.aborted) {
        throw error;
      }
      output.warn('Stopped before the verdicts');
      return 130;
    }
  },
});

async function prove(options: IntegrityOptions, output: Output, signal: AbortSignal): Promise<number> {
  const chosen = options.broken ? chooseVariants(options.broken) : [];
  const journals = mkdtempSync(join(tmpdir(), 'orderly-integrity-'));
  const journalOf = (name: string): string => join(journals, `${name}.jsonl`);
  const run = { seed: options.seed, progress: output.step, signal };
  output.step(`seed ${options.seed}; journals of clients and receiver: ${journals}`);

  const sound = options.sound
    ? await runSound(options, { ...run, journalFile: journalOf('sound') }, output)
    : undefined;
  const control = options.broken?.length === 0 ? await runUnbroken(run, journalOf('control'), output) : true;
  const broken: VariantOutcome[] = [];
  for (const variant of chosen) {
    output.step(`broken on purpose: ${variant.name}. ${variant.what}`);
    const reported = await runVariant(variant, { ...run, journalFile: journalOf(variant.name) });
    printVariant(reported, output);
    broken.push(reported);
  }
  if (sound && options.report !== undefined) {
    writeReport(options.report, { run: sound, variants: broken });
    output.step(`wrote ${options.report}`);
  }
  const shortfalls = sound ? findShortfalls(sound) : [];
  shortfalls.forEach(output.warn);
  const isSound = !sound || (isClear(sound) && shortfalls.length === 0);
  return isSound && control && broken.every(isCaught) ? 0 : 1;
}

/** Runs the control: the unbroken program under the faults of the variants. Returns whether it has no violations. */
async function runUnbroken(
  run: Omit<VariantRun, 'journalFile'>,
  journalFile: string,
  output: Output,
): Promise<boolean> {
  output.step('control: the unbroken program under the faults of the variants');
  const control = await runControl({ ...run, journalFile });
  printVerdicts(control.verdicts, control.verdictsAfterRedrive, output);
  const shortfalls = controlShortfalls(control);
  shortfalls.forEach(output.warn);
  return isClear(control) && shortfalls.length === 0;
}

/** Runs the unbroken program. */
async function runSound(
  options: IntegrityOptions,
  run: Pick<IntegrityPlan, 'journalFile' | 'progress' | 'signal'>,
  output: Output,
): Promise<IntegrityRun> {
  const plan = planIntegrity(options.seed, options);
  output.print(
    plan.faults.map(({ atMs, fault }) => `  ${seconds(atMs)} s  ${describeFault(fault)}`).join('\n'),
  );
  const deadline = setTimeout(() => {
    output.warn(`The run did not end within ${options.deadlineMinutes} minutes: aborted`);
    process.exit(1); // also ends hanging work; the cluster ends with the process
  }, options.deadlineMinutes * 60_000);
  const result = await runIntegrity({
    ...plan,
    ...run,
    projectDirectory: PROJECT_ROOT,
    drainTimeoutMs: DRAIN_TIMEOUT_MS,
  });
  clearTimeout(deadline);
  output.step(`took ${Math.round(result.durationMs / 1_000)} s`);
  output.step('verdicts after the load, and after the redrive of every letter:');
  printVerdicts(result.verdicts, result.verdictsAfterRedrive, output);
  return result;
}

function printVerdicts(first: Verdicts, second: Verdicts, output: Output): void {
  for (const name of verdictNames) {
    const found = [...new Set([...first[name].first, ...second[name].first])];
    const counts = `${first[name].count}`.padStart(7) + `${second[name].count}`.padStart(7);
    output.print([`${counts}  ${name}`, ...found.map((what) => `                ${what}`)].join('\n'));
  }
}

function printVariant(reported: VariantOutcome, output: Output): void {
  const { expected, verdicts } = reported;
  const found = verdictNames.map((name) => `${name} ${verdicts[name].count}`).join(', ');
  if (reported.missed) {
    output.warn(`NOT tested: none of its faults hit at its moment (${found})`);
  } else if (isCaught(reported)) {
    output.step(`caught by ${expected}: ${verdicts[expected].first[0]} (${found})`);
  } else {
    output.warn(`NOT caught by ${expected} (${found})`);
  }
}

function chooseVariants(names: readonly string[]): readonly Variant[] {
  const unknown = names.find((name) => !variants.some((variant) => variant.name === name));
  if (unknown !== undefined) {
    const known = variants.map(({ name }) => name).join(', ');
    throw new OrderlyError('invalid_configuration', `There is no variant ${unknown}: ${known}.`);
  }
  return names.length === 0 ? variants : variants.filter(({ name }) => names.includes(name));
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1).padStart(6);
}
