import type { JournalEntries } from '../journal.ts';
import type { LoadPlan } from '../load/planned-load.ts';
import { type Evidence, indexEvidence } from './evidence.ts';
import { findCallFaults } from './find-call-faults.ts';
import { findDisorder } from './find-disorder.ts';
import { findDuplicates } from './find-duplicates.ts';
import { findLetterFaults } from './find-letter-faults.ts';
import { findLost } from './find-lost.ts';
import { findNotStoredAnew } from './find-not-stored-anew.ts';
import { findOffsetFaults } from './find-offset-faults.ts';
import { findRedriveChanges } from './find-redrive-changes.ts';
import { findStatusGaps } from './find-status-gaps.ts';
import { findUnaccounted } from './find-unaccounted.ts';
import type { Observations } from './observations.ts';

export const verdictNames = [
  'lost',
  'duplicate',
  'order',
  'unaccounted',
  'status_gaps',
  'offsets',
  'dead_letters',
  'calls',
  'recreated',
] as const;

export type VerdictName = (typeof verdictNames)[number];

/** Describes the violations that each verdict counts. */
export const verdictMeanings: Readonly<Record<VerdictName, string>> = {
  lost: 'A command that was never acknowledged. An acknowledged command without its row, history entry or dead letter, or with other content. An order that ended in another way than the receiver decided.',
  duplicate:
    'Two rows of an order, or two history entries for one command. Versions with a gap. An order that ended twice, or has two outcomes at the receiver. Data that no client sent, or that a redrive changed.',
  order:
    'Commands of one order that did not take effect in the sequence of their offsets. Dead letters that were redriven in another sequence. A cancel that won after the first call, or was rejected long before it.',
  unaccounted: 'An order that has not ended. A remaining row of attempts or of the outbox.',
  status_gaps:
    'An order whose last state is not on orders.status, or an event with a state that is not stored.',
  offsets:
    'A record before the committed offset of its group that has no effect in the tables. A partition that its group has not committed to the end.',
  dead_letters:
    'A dead letter that is missing, duplicate, or for a record that can take effect. A dead letter with a wrong code or state, or without a copy on orders.dlq.',
  calls:
    'A call to the receiver that is not signed, or whose key is not the order’s id. A call that began during another call for its order within the lease, or after the order had ended.',
  recreated:
    'An order that was acknowledged after the topic was recreated under load, and is not stored as it was sent. Computed last.',
};

export interface Verdict {
  readonly count: number;
  /** The first five violations, each beginning with the id. */
  readonly first: readonly string[];
}

export type Verdicts = Readonly<Record<VerdictName, Verdict>>;

const SHOWN = 5;

/**
 * Compares the journals of clients and receiver with the contents of Kafka and PostgreSQL, after a run has drained.
 * Pure. `redriven`: every open dead letter was redriven once. Then each must be open again with two rejections, and
 * orders and history must be as they were `before`.
 */
export function check(
  plan: LoadPlan,
  journal: JournalEntries,
  observations: Observations,
  { redriven = false, before }: { readonly redriven?: boolean; readonly before?: Observations } = {},
): Verdicts {
  const evidence = indexEvidence(plan, journal, observations, redriven);
  const verdict = (find: (evidence: Evidence) => string[]): Verdict => {
    const faults = find(evidence);
    return { count: faults.length, first: faults.slice(0, SHOWN) };
  };
  return {
    lost: verdict(findLost),
    duplicate: verdict((found) => [
      ...findDuplicates(found),
      ...(before === undefined ? [] : findRedriveChanges(before, observations)),
    ]),
    order: verdict(findDisorder),
    unaccounted: verdict(findUnaccounted),
    status_gaps: verdict(findStatusGaps),
    offsets: verdict(findOffsetFaults),
    dead_letters: verdict(findLetterFaults),
    calls: verdict(findCallFaults),
    recreated: verdict(findNotStoredAnew),
  };
}

export const isClean = (verdicts: Verdicts): boolean =>
  Object.values(verdicts).every(({ count }) => count === 0);
