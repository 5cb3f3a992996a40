import { decodeCommand } from '../orders/decode-command.ts';
import type { Queryable } from '../postgres/database.ts';
import { chunk } from './letter-chunks.ts';
import type { LockedLetter } from './sql/lock-dead-letters.ts';
import { selectExhaustedVersions, selectLetterRecords } from './sql/redrive-dead-letters.ts';

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
