import type { DeadLetterFilter } from './dead-letter.ts';

/** Which letters something is done to, of those that are open. */
export type DeadLetterChoice = ChosenIds | ChosenByFilter;

interface ChosenIds {
  readonly ids: readonly string[];
}

interface ChosenByFilter {
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
  choice: DeadLetterChoice,
  chosenIds: readonly string[],
  now: number,
): ChosenByFilter | undefined {
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
  readonly why: SkipReason;
}
