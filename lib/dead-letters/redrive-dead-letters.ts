import { decodeCommand } from '../orders/decode-command.ts';
import type { Database, Queryable } from '../postgres/database.ts';
import type { Clock } from '../time/clock.ts';
import { type DeadLetterSelection, nextRound, type SkippedLetter } from './dead-letter.ts';
import { chunk, planRedrive } from './redrive-plan.ts';
import {
  type LockedLetter,
  lockDeadLettersOfKeys,
  selectDeadLetterIds,
  selectSkippedLetters,
} from './sql/lock-dead-letters.ts';
import {
  insertRedriveOutbox,
  selectExhaustedVersions,
  selectLetterRecords,
} from './sql/redrive-dead-letters.ts';
import { auditDeadLetters, setDeadLetterState } from './sql/update-dead-letters.ts';

/** What one round did. */
export interface RedrivenLetters {
  /** Ids in the order in which the letters are sent, key by key. */
  readonly redriven: readonly string[];
  /** Those of them that nobody asked for, but which have the key of one that was. */
  readonly addedByKey: readonly string[];
  readonly skipped: readonly SkippedLetter[];
  /** Rows of the outbox with what is to be sent now: `publishRedriven`, or else the relay. */
  readonly outboxIds: readonly string[];
  /** For the next round; absent when all letters are done. */
  readonly next: DeadLetterSelection | undefined;
}

/**
 * Marks open letters as redriven and puts their records into the outbox, in ONE transaction with a row in the audit
 * log. All open letters of a key go together, in the order of their records, since commands of one order keep theirs.
 * Of two redrives at once, each letter is in one. A filter is worked off round by round: call again with `next`.
 */
export function redriveDeadLetters(
  database: Database,
  choice: DeadLetterSelection,
  actor: string,
  clock: Clock,
): Promise<RedrivenLetters> {
  return database.transaction(async (transaction) => {
    const now = clock();
    const chosenIds = await selectDeadLetterIds(transaction, choice);
    const letters = await lockDeadLettersOfKeys(transaction, choice, chosenIds);
    const { rows, skipped } = planRedrive(letters, await retryableVersions(transaction, letters));
    const redriven = rows.flatMap(({ ids }) => ids);
    const outboxIds = redriven.length === 0 ? [] : await insertRedriveOutbox(transaction, rows, now);
    if (redriven.length > 0) {
      await setDeadLetterState(transaction, redriven, 'redriven', now);
      await auditDeadLetters(transaction, { actor, action: 'dead_letter.redriven', ids: redriven }, now);
    }
    const asked = new Set(letters.filter(({ askedFor }) => askedFor).map(({ id }) => id));
    return {
      redriven,
      addedByKey: redriven.filter((id) => !asked.has(id)),
      skipped: [
        ...skipped.filter(({ id }) => asked.has(id)),
        ...(await selectSkippedLetters(transaction, choice, asked)),
      ],
      outboxIds,
      next: nextRound(choice, chosenIds, now), // however many of them others took meanwhile
    };
  });
}

/**
 * Of letters with exhausted attempts: those whose order is still failed for that reason, each with its version. A letter
 * knows its order by its record only: where that stood says nothing, since a redriven record stands elsewhere.
 */
export async function retryableVersions(
  db: Queryable,
  letters: readonly LockedLetter[],
): Promise<ReadonlyMap<string, number>> {
  const retryable = new Map<string, number>();
  for (const part of chunk(letters.filter(({ code }) => code === 'attempts_exhausted'))) {
    const orderIds = await orderIdsOf(db, part);
    const versions = await selectExhaustedVersions(db, [...orderIds.values()]);
    for (const [id, orderId] of orderIds) {
      const version = versions.get(orderId);
      if (version !== undefined) {
        retryable.set(id, version);
      }
    }
  }
  return retryable;
}

/** By the letters' ids. */
async function orderIdsOf(db: Queryable, letters: readonly LockedLetter[]): Promise<Map<string, string>> {
  const records = await selectLetterRecords(
    db,
    letters.map(({ id }) => id),
  );
  const orderIds = new Map<string, string>();
  for (const [id, record] of records) {
    const decoded = decodeCommand(record);
    if (decoded.ok) {
      orderIds.set(id, decoded.command.orderId);
    }
  }
  return orderIds;
}
