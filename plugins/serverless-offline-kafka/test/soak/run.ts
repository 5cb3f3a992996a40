import { randomInt } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../../../cli/command.ts';
import { createOutput, type Output } from '../../../../cli/output.ts';
import { listenForStop } from '../../../../cli/stop-request.ts';
import { OrderlyError } from '../../../../lib/errors/orderly-error.ts';
import { isCaught, runVariant } from './broken/run-variant.ts';
import { variants } from './broken/variants.ts';
import { isClean } from './checker/check.ts';
import { allFaults } from './fault.ts';
import { memoryByFifths } from './memory.ts';
import { runSoak, type SoakPlan, type SoakResult } from './soak.ts';

const help = `npm run test:soak [-- [faults] [memory] [broken] [--records N] [--seed N]]
  Proves that nothing is lost, skipped or committed early, with "serverless offline start" and its own Kafka broker.
  Without a name, all three parts run:

  faults   delivers the records while the broker is killed twice, the process three times, a second process joins and
           leaves, and 1 % of the invocations fail; each verdict must be 0
  memory   delivers the records without faults; the memory of the last fifth must be at most 1.1 times that of the second
  broken   runs copies of the plugin with a defect; a verdict must detect each defect

  --records N  100000 by default; "broken" uses fewer
  --seed N     repeats the random failures of the run that printed this seed, as far as the batches are the same
`;

const PACKAGE = join(import.meta.dirname, '../..');
const RECORDS = 100_000;
const MINUTE_MS = 60_000;
const MEMORY_FACTOR = 1.1;
const parts = { faults: runFaults, memory: runMemory, broken: runBroken };

await runCommand({
  help,
  takesArguments: true,
  options: ['records', 'seed'],
  run: async (names, given) => {
    const chosen = names.length === 0 ? Object.keys(parts) : names;
    const unknown = chosen.find((name) => !isPart(name));
    if (unknown !== undefined) {
      throw new OrderlyError('invalid_configuration', `There is no part "${unknown}". See --help.`);
    }
    const records = wholeNumber('records', given.records) ?? RECORDS;
    const seed = wholeNumber('seed', given.seed) ?? randomInt(1_000_000);
    const output = createOutput(process.stdout);
    const { signal } = listenForStop(() => process.exit(130));
    const directory = mkdtempSync(join(tmpdir(), 'serverless-offline-kafka-soak-'));
    output.step(`seed ${seed}; journals and logs go to ${directory}`);
    const plan = {
      records,
      seed,
      failureRate: 0.01,
      workMs: 100,
      faults: allFaults,
      packageDirectory: PACKAGE,
      directory,
      timeoutMs: Math.max(2, (10 * records) / RECORDS) * MINUTE_MS,
      report: output.step,
      signal,
    };
    try {
      const passed: boolean[] = [];
      for (const name of chosen.filter(isPart)) {
        output.step(name);
        passed.push(await parts[name](plan, output));
      }
      return passed.every(Boolean) ? 0 : 1;
    } catch (error) {
      if (!signal.aborted) {
        throw error;
      }
      output.warn('Stopped before the verdicts');
      return 130;
    }
  },
});

async function runFaults(plan: SoakPlan, output: Output): Promise<boolean> {
  const result = await runSoak(plan);
  printResult(result, output);
  return result.isDone && isClean(result.verdicts);
}

async function runMemory(plan: SoakPlan, output: Output): Promise<boolean> {
  const result = await runSoak({ ...plan, faults: [] });
  printResult(result, output);
  const fifths = memoryByFifths(result.memory, plan.records);
  const [, second = Number.NaN, , , last = Number.NaN] = fifths;
  output.step(`memory by fifths: ${fifths.map((bytes) => `${Math.round(bytes / 1e6)} MB`).join(', ')}`);
  output.step(`last fifth ${(last / second).toFixed(2)} × the second`);
  return result.isDone && isClean(result.verdicts) && last <= MEMORY_FACTOR * second;
}

async function runBroken(plan: SoakPlan, output: Output): Promise<boolean> {
  output.step('control: the run of the variants, without a defect');
  const outcomes = [isClean(await runVariant([], plan))];
  for (const variant of variants) {
    output.step(`with a defect: ${variant.what}`);
    const verdicts = await runVariant(variant.edits, plan);
    const caught = isCaught(variant, verdicts);
    const [found] = verdicts[variant.verdict].first;
    output.step(caught ? `detected by ${variant.verdict}: ${found}` : `NOT detected by ${variant.verdict}`);
    outcomes.push(caught);
  }
  output.step(outcomes[0] ? 'the control was clean' : 'the control was NOT clean');
  return outcomes.every(Boolean);
}

function printResult(result: SoakResult, output: Output): void {
  const { verdicts, outcomes, isDone, durationMs, samples, interrupted } = result;
  output.step(
    [
      `${isDone ? 'all committed' : 'NOT all committed'} after ${Math.round(durationMs / 1_000)} s`,
      ...Object.entries(outcomes).map(([outcome, count]) => `${count} invocations ${outcome}`),
      `${samples} samples of the commits`,
      `kills interrupted ${interrupted.join(', ') || 'no'} invocations`,
    ].join('; '),
  );
  for (const [name, { count, first }] of Object.entries(verdicts)) {
    output.print([`${count}`.padStart(7), name, ...first].join('  '));
  }
}

function isPart(name: string): name is keyof typeof parts {
  return Object.hasOwn(parts, name);
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text !== undefined && !/^[1-9]\d{0,8}$/.test(text)) {
    throw new OrderlyError('invalid_configuration', `--${name} ${text} is not a whole number. See --help.`);
  }
  return text === undefined ? undefined : Number(text);
}
