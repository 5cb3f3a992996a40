import { sanitizeMessage } from '../errors/orderly-error.ts';
import type { Database } from '../postgres/database.ts';
import type { Clock } from '../time/clock.ts';
import { type DeadLetterSelection, nextRound, type SkippedLetter } from './dead-letter.ts';
import { lockSelectedDeadLetters, selectSkippedLetters } from './sql/lock-dead-letters.ts';
import { auditDeadLetters, setDeadLetterState } from './sql/update-dead-letters.ts';

/** What one round did. */
export interface DiscardedLetters {
  readonly discarded: readonly string[];
  readonly skipped: readonly SkippedLetter[];
  /** For the next round; absent when all letters are done. */
  readonly next: DeadLetterSelection | undefined;
}

/** Who discards, and why. */
export interface DiscardOptions {
  readonly actor: string;
  readonly reason?: string | undefined;
}

/**
 * Closes open letters without sending them again, in one transaction with a row in the audit log. They are never
 * redriven, and stay for a look. A filter is worked off round by round: call again with `next`.
 */
export function discardDeadLetters(
  database: Database,
  choice: DeadLetterSelection,
  { actor, reason }: DiscardOptions,
  clock: Clock,
): Promise<DiscardedLetters> {
  return database.transaction(async (transaction) => {
    const now = clock();
    const ids = await lockSelectedDeadLetters(transaction, choice);
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
      skipped: await selectSkippedLetters(transaction, choice, new Set(ids)),
      next: nextRound(choice, ids, now),
    };
  });
}
