import { sanitizeMessage } from '../errors/orderly-error.ts';
import type { Database } from '../postgres/database.ts';
import type { Clock } from '../time/clock.ts';
import { type DeadLetterSelection, nextRound, type SkippedLetter } from './dead-letter.ts';
import { lockSelectedDeadLetters, selectSkippedLetters } from './sql/lock-dead-letters.ts';
import { auditDeadLetters, setDeadLetterState } from './sql/update-dead-letters.ts';

/** The result of one round. */
export interface DiscardedLetters {
  readonly discarded: readonly string[];
  readonly skipped: readonly SkippedLetter[];
  /** The selection of the next round; absent when all letters are done. */
  readonly next: DeadLetterSelection | undefined;
}

/** The operator and the reason. */
export interface DiscardOptions {
  readonly actor: string;
  readonly reason?: string | undefined;
}

/**
 * Discards open letters in one transaction with an entry in the audit log. Discarded letters are never redriven and
 * stay readable. Call it again with `next` for the next round of a filter.
 */
export function discardDeadLetters(
  database: Database,
  selection: DeadLetterSelection,
  { actor, reason }: DiscardOptions,
  clock: Clock,
): Promise<DiscardedLetters> {
  return database.transaction(async (transaction) => {
    const now = clock();
    const ids = await lockSelectedDeadLetters(transaction, selection);
    if (ids.length > 0) {
      await setDeadLetterState(transaction, ids, 'discarded', now);
      const cleanReason = reason && sanitizeMessage(reason);
      await auditDeadLetters(
        transaction,
        { actor, action: 'dead_letter.discarded', ids, reason: cleanReason },
        now,
      );
    }
    return {
      discarded: ids,
      skipped: await selectSkippedLetters(transaction, selection, new Set(ids)),
      next: nextRound(selection, ids, now),
    };
  });
}
