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

/** The result of one round. */
export interface RedrivenLetters {
  /** The ids of the redriven letters in the order of sending, key by key. */
  readonly redriven: readonly string[];
  /** The redriven letters that were not selected but share the key of a selected letter. */
  readonly addedByKey: readonly string[];
  readonly skipped: readonly SkippedLetter[];
  /** The rows of the outbox to send now with `publishRedriven`. The relay sends the rest. */
  readonly outboxIds: readonly string[];
  /** The selection of the next round; absent when all letters are done. */
  readonly next: DeadLetterSelection | undefined;
}

/**
 * Marks open letters as redriven and inserts rows of the outbox for their records, in one transaction with an entry
 * in the audit log. All open letters of a key are redriven together, in the order of their records, because the
 * commands of an order keep their order. If two redrives run at once, each letter is in one of them. Call it again
 * with `next` for the next round of a filter.
 */
export function redriveDeadLetters(
  database: Database,
  selection: DeadLetterSelection,
  actor: string,
  clock: Clock,
): Promise<RedrivenLetters> {
  return database.transaction(async (transaction) => {
    const now = clock();
    const selectedIds = await selectDeadLetterIds(transaction, selection);
    const letters = await lockDeadLettersOfKeys(transaction, selection, selectedIds);
    const { rows, skipped } = planRedrive(letters, await retryableVersions(transaction, letters));
    const redriven = rows.flatMap(({ ids }) => ids);
    const outboxIds = redriven.length === 0 ? [] : await insertRedriveOutbox(transaction, rows, now);
    if (redriven.length > 0) {
      await setDeadLetterState(transaction, redriven, 'redriven', now);
      await auditDeadLetters(transaction, { actor, action: 'dead_letter.redriven', ids: redriven }, now);
    }
    const selected = new Set(letters.filter(({ isSelected }) => isSelected).map(({ id }) => id));
    return {
      redriven,
      addedByKey: redriven.filter((id) => !selected.has(id)),
      skipped: [
        ...skipped.filter(({ id }) => selected.has(id)),
        ...(await selectSkippedLetters(transaction, selection, selected)),
      ],
      outboxIds,
      next: nextRound(selection, selectedIds, now), // counts selected letters, even if another run took some of them
    };
  });
}

/**
 * Returns the letters with exhausted attempts whose order is still failed for that reason, each with the order's
 * version. The order id comes from the record and not from its position, because a redriven record has a new
 * position.
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

/** Returns the order ids by letter id. */
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
