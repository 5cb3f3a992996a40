import type { DeadLetterCode, KafkaRecord } from '../orders/command.ts';

export const deadLetterStates = ['open', 'redriven', 'discarded'] as const;

export type DeadLetterState = (typeof deadLetterStates)[number];

/** A filter for dead letters. A letter passes if it matches every field that is present. */
export interface DeadLetterFilter {
  readonly code?: DeadLetterCode | undefined;
  readonly topic?: string | undefined;
  /** The record's whole key. */
  readonly key?: Buffer | undefined;
  /** Times in milliseconds since the epoch: created at or after `since` and before `until`. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

/** A letter in a list, without its record. */
export interface DeadLetterSummary {
  readonly id: string;
  readonly state: DeadLetterState;
  readonly code: DeadLetterCode;
  readonly message: string;
  /** How often the letter was opened. */
  readonly refusals: number;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** At most the first 256 bytes. */
  readonly keyStart: Buffer | null;
  /** `null`: no key, or a tombstone. */
  readonly keyBytes: number | null;
  readonly valueBytes: number | null;
  readonly createdAt: number;
  readonly changedAt: number;
}

/** A letter with its unchanged record. */
export interface DeadLetterDetails
  extends Omit<DeadLetterSummary, 'topic' | 'partition' | 'offset' | 'keyStart' | 'keyBytes' | 'valueBytes'> {
  /** The event id, which a redrive keeps. */
  readonly eventId: string;
  readonly record: KafkaRecord;
  /** The operators' actions on the letter, oldest first. */
  readonly actions: readonly DeadLetterAction[];
}

export interface DeadLetterAction {
  readonly at: number;
  readonly actor: string;
  readonly action: AdminAction;
  readonly reason: string | null;
}

export type AdminAction = 'dead_letter.redriven' | 'dead_letter.discarded';

/** The open letters to redrive or discard. */
export type DeadLetterSelection = SelectionByIds | SelectionByFilter;

interface SelectionByIds {
  readonly ids: readonly string[];
}

interface SelectionByFilter {
  readonly filter: DeadLetterFilter;
  /** The end of the previous round; absent in the first round. */
  readonly from?: RoundStart;
}

interface RoundStart {
  readonly afterId: string;
  /** The start of the first round. Later rounds ignore letters opened after it, so that a run terminates. */
  readonly startedAt: number;
}

/** How many letters a filter selects in one round, which is one transaction. */
export const LETTERS_PER_ROUND = 1_000;

/**
 * Returns the selection of the next round after a round that selected `selectedIds`; undefined when all letters are
 * done.
 */
export function nextRound(
  selection: DeadLetterSelection,
  selectedIds: readonly string[],
  now: number,
): SelectionByFilter | undefined {
  const afterId = selectedIds.at(-1);
  if ('ids' in selection || afterId === undefined || selectedIds.length < LETTERS_PER_ROUND) {
    return undefined;
  }
  return { filter: selection.filter, from: { afterId, startedAt: selection.from?.startedAt ?? now } };
}

/** Why a selected letter stays unchanged. */
export type SkipReason = 'not_found' | 'redriven' | 'discarded' | 'order_not_exhausted';

export interface SkippedLetter {
  readonly id: string;
  readonly reason: SkipReason;
}
