import type { PublishedOutbox } from '../orders/outbox-entry.ts';
import type { Queryable } from './database.ts';
import { reopenUnsent } from './sql/dead-letters/reopen-dead-letters.ts';
import { deleteOutbox, setOutboxAside } from './sql/outbox/outbox.ts';

/**
 * Deletes the rows that were published and sets those aside that Kafka will never take; the letters of a redrive are
 * open again instead, for somebody to decide anew.
 */
export async function settleOutbox(
  db: Queryable,
  { acknowledged, refused }: PublishedOutbox,
  now: number,
): Promise<void> {
  if (acknowledged.length > 0) {
    await deleteOutbox(db, acknowledged);
  }
  for (const { id, error } of refused) {
    if (!(await reopenUnsent(db, id, now))) {
      await setOutboxAside(db, id, error, now);
    }
  }
}
