import { copyService } from '../../support/service-copy.ts';
import type { Verdicts } from '../checker/check.ts';
import type { Fault } from '../faults/fault.ts';
import { runIntegrity } from '../integrity-run.ts';
import { planLoad } from '../load/plan-load.ts';
import { createRandom } from '../random.ts';
import type { ReportedVariant } from '../report.ts';
import { breakCopy } from './break-copy.ts';
import { controlFaults, type Edit, type Variant } from './variants.ts';

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

/** Runs a copy of the program that is broken on purpose; what the named verdict found is in the result. */
export async function runVariant(variant: Variant, run: VariantRun): Promise<ReportedVariant> {
  const { what, verdict: expected } = variant;
  const isCaughtIn = (verdicts: Verdicts): boolean => verdicts[expected].count > 0;
  return { what, expected, verdicts: await runCopy(variant.edits, variant.faults, run, isCaughtIn) };
}

/**
 * The same with nothing taken out, under all faults of the variants: every verdict must be 0, or what catches the variants
 * is the way in which they are run.
 */
export function runControl(run: VariantRun): Promise<Verdicts> {
  return runCopy([], controlFaults, run, () => false);
}

export const isCaught = ({ expected, verdicts }: ReportedVariant): boolean => verdicts[expected].count > 0;

/** Resolves to the last verdicts. */
async function runCopy(
  edits: readonly Edit[],
  faults: readonly Fault[],
  run: VariantRun,
  isEnough: (verdicts: Verdicts) => boolean,
): Promise<Verdicts> {
  using copy = copyService();
  breakCopy(copy.directory, edits);
  const { verdictsAfterRedrive } = await runIntegrity({
    ...run,
    load: planLoad(createRandom(run.seed, 'load'), { orders: ORDERS }),
    commandsPerSecond: COMMANDS_PER_SECOND,
    faults: faults.map((fault) => ({ atMs: FIRST_FAULT_AFTER_MS, fault })),
    projectDirectory: copy.directory,
    drainTimeoutMs: DRAIN_TIMEOUT_MS,
    isEnough,
  });
  return verdictsAfterRedrive;
}
