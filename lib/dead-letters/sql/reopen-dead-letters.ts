import type { Queryable } from '../../postgres/database.ts';
import { isoTime } from '../../time/iso-time.ts';

const statement = `
  WITH unsent AS (
    DELETE FROM outbox WHERE id = $1 AND kind = 'redrive' RETURNING dead_letter_ids
  ), reopened AS (
    UPDATE dead_letters AS letter SET state = 'open', changed_at = $2
    FROM unsent
    WHERE letter.id = ANY (unsent.dead_letter_ids) AND letter.state = 'redriven'
  )
  SELECT FROM unsent`;

/**
 * Takes a redrive back that cannot be sent: its letters are open again, and its row of the outbox is gone. Says
 * whether the row was one of a redrive.
 */
export async function reopenUnsent(db: Queryable, outboxId: string, now: number): Promise<boolean> {
  const { rows } = await db.query(statement, [outboxId, isoTime(now)]);
  return rows.length > 0;
}
