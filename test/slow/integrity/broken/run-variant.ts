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

/** Enough for some repeats, conflicts and hanging calls. */
const ORDERS = 1_200;
/** Lasts as long as the faults, so that each finds a batch. */
const COMMANDS_PER_SECOND = 60;
const FIRST_FAULT_AFTER_MS = 2_000;
/** Longer than the lease of an attempt: verdicts during processing prove nothing. A variant may never drain. */
const DRAIN_TIMEOUT_MS = 45_000;

export interface VariantOutcome extends ReportedVariant {
  /** No fault hit at its planned moment, so the run did not test the variant. */
  readonly missed: boolean;
}

/** Runs a deliberately broken copy of the program. Returns the violations that its expected verdict found. */
export async function runVariant(variant: Variant, run: VariantRun): Promise<VariantOutcome> {
  const { what, verdict: expected } = variant;
  const isCaughtIn = (verdicts: Verdicts): boolean => verdicts[expected].count > 0;
  const result = await runCopy(variant, run, isCaughtIn);
  return { what, expected, verdicts: result.verdictsAfterRedrive, missed: missedAll(result) };
}

/**
 * Runs an unbroken copy with all faults of the variants. Every verdict must be 0. Otherwise the way of running catches
 * the variants, not the verdicts.
 */
export function runControl(run: VariantRun): Promise<IntegrityRun> {
  return runCopy({ edits: [], faults: controlFaults }, run, () => false);
}

export const isCaught = ({ expected, verdicts, missed }: VariantOutcome): boolean =>
  verdicts[expected].count > 0 && !missed;

/** Reports, for people, why the control run is invalid. At least one of its faults must hit at its moment. */
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
