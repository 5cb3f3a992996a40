import { reopenUnsent } from '../dead-letters/sql/reopen-dead-letters.ts';
import type { Queryable } from '../postgres/database.ts';
import type { PublishedOutbox } from './outbox-entry.ts';
import { deleteOutbox, parkOutbox } from './sql/outbox.ts';

/**
 * Deletes the rows that were published and sets those aside that Kafka will never take; the letters of a redrive are
 * open again instead, for somebody to decide anew.
 */
export async function completeOutbox(
  db: Queryable,
  { acknowledged, refused }: PublishedOutbox,
  now: number,
): Promise<void> {
  if (acknowledged.length > 0) {
    await deleteOutbox(db, acknowledged);
  }
  for (const { id, error } of refused) {
    if (!(await reopenUnsent(db, id, now))) {
      await parkOutbox(db, id, error, now);
    }
  }
}
