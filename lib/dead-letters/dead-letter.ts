import type { DeadLetterCode, KafkaRecord } from '../orders/command.ts';

export const deadLetterStates = ['open', 'redriven', 'discarded'] as const;

export type DeadLetterState = (typeof deadLetterStates)[number];

/** Which letters are meant: those that pass everything that is said. */
export interface DeadLetterFilter {
  readonly code?: DeadLetterCode | undefined;
  readonly topic?: string | undefined;
  /** The record's whole key. */
  readonly key?: Buffer | undefined;
  /** Kept since and before these times, in milliseconds since the epoch. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

/** What a list says about a letter: nothing that could be large. */
export interface DeadLetterSummary {
  readonly id: string;
  readonly state: DeadLetterState;
  readonly code: DeadLetterCode;
  readonly message: string;
  /** How often it has become open. */
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

/** One letter with its record as it was. */
export interface DeadLetterDetails
  extends Omit<DeadLetterSummary, 'topic' | 'partition' | 'offset' | 'keyStart' | 'keyBytes' | 'valueBytes'> {
  /** The identity that a redrive keeps. */
  readonly eventId: string;
  readonly record: KafkaRecord;
  /** What people did with it, oldest first. */
  readonly actions: readonly DeadLetterAction[];
}

export interface DeadLetterAction {
  readonly at: number;
  readonly actor: string;
  readonly action: AdminAction;
  readonly reason: string | null;
}

export type AdminAction = 'dead_letter.redriven' | 'dead_letter.discarded';

/** Which letters something is done to, of those that are open. */
export type DeadLetterSelection = SelectionByIds | SelectionByFilter;

interface SelectionByIds {
  readonly ids: readonly string[];
}

interface SelectionByFilter {
  readonly filter: DeadLetterFilter;
  /** Where the round before this one ended; absent in the first. */
  readonly from?: RoundStart;
}

interface RoundStart {
  readonly afterId: string;
  /** Of the first round: what has become open since is left for another time, or a run might never end. */
  readonly startedAt: number;
}

/** How many letters a filter chooses at a time: one round, one transaction. */
export const LETTERS_PER_ROUND = 1_000;

/** What the next round is to choose, when this one chose `chosenIds`; nothing when all are done. */
export function nextRound(
  choice: DeadLetterSelection,
  chosenIds: readonly string[],
  now: number,
): SelectionByFilter | undefined {
  const afterId = chosenIds.at(-1);
  if ('ids' in choice || afterId === undefined || chosenIds.length < LETTERS_PER_ROUND) {
    return undefined;
  }
  return { filter: choice.filter, from: { afterId, startedAt: choice.from?.startedAt ?? now } };
}

/** Why a letter that was asked for stays as it is. */
export type SkipReason = 'not_found' | 'redriven' | 'discarded' | 'order_not_exhausted';

export interface SkippedLetter {
  readonly id: string;
  readonly reason: SkipReason;
}
