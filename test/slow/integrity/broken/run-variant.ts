import { copyService } from '../../../support/service-copy.ts';
import { isClean, type Verdicts } from '../checker/check.ts';
import { findShortfalls, missedAll } from '../find-shortfalls.ts';
import { type IntegrityRun, runIntegrity } from '../integrity-run.ts';
import { planLoad } from '../load/plan-load.ts';
import { createRandom } from '../random.ts';
import type { ReportedVariant } from '../report.ts';
import { breakCopy } from './break-copy.ts';
import { controlFaults, type Variant } from './variants.ts';

export interface VariantRun {
  readonly seed: number;
  readonly journalFile: string;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Enough for some repeats, conflicts and calls that hang. */
const ORDERS = 1_200;
/** Lasts as long as the faults, so that each finds a batch. */
const COMMANDS_PER_SECOND = 60;
const FIRST_FAULT_AFTER_MS = 2_000;
/** Longer than the lease of an attempt: what is judged while it moves proves nothing. A variant may never get done. */
const DRAIN_TIMEOUT_MS = 45_000;

export interface VariantOutcome extends ReportedVariant {
  /** None of its faults met its moment: it was not tried. */
  readonly missed: boolean;
}

/** Runs a copy of the program that is broken on purpose; what the named verdict found is in the result. */
export async function runVariant(variant: Variant, run: VariantRun): Promise<VariantOutcome> {
  const { what, verdict: expected } = variant;
  const isCaughtIn = (verdicts: Verdicts): boolean => verdicts[expected].count > 0;
  const result = await runCopy(variant, run, isCaughtIn);
  return { what, expected, verdicts: result.verdictsAfterRedrive, missed: missedAll(result) };
}

/**
 * The same with nothing taken out, under all faults of the variants: every verdict must be 0, or what catches the variants
 * is the way in which they are run.
 */
export function runControl(run: VariantRun): Promise<IntegrityRun> {
  return runCopy({ edits: [], faults: controlFaults }, run, () => false);
}

export const isCaught = ({ expected, verdicts, missed }: VariantOutcome): boolean =>
  verdicts[expected].count > 0 && !missed;

/** Why the control is none; for people. Of its few faults one must meet its moment. */
export const controlShortfalls = (control: IntegrityRun): string[] =>
  findShortfalls(control, controlFaults.length - 1);

export const isClear = ({ verdicts, verdictsAfterRedrive }: IntegrityRun): boolean =>
  isClean(verdicts) && isClean(verdictsAfterRedrive);

async function runCopy(
  { edits, faults, sql }: Pick<Variant, 'edits' | 'faults' | 'sql'>,
  run: VariantRun,
  isEnough: (verdicts: Verdicts) => boolean,
): Promise<IntegrityRun> {
  using copy = copyService();
  breakCopy(copy.directory, edits);
  return await runIntegrity({
    ...run,
    ...(sql !== undefined && { sql }),
    load: planLoad(createRandom(run.seed, 'load'), { orders: ORDERS }),
    commandsPerSecond: COMMANDS_PER_SECOND,
    faults: faults.map((fault) => ({ atMs: FIRST_FAULT_AFTER_MS, fault })),
    projectDirectory: copy.directory,
    drainTimeoutMs: DRAIN_TIMEOUT_MS,
    isEnough,
  });
}
