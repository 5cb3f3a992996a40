import type { Queryable } from '../../postgres/database.ts';
import { isoTime } from '../../time/time-text.ts';
import type { AdminAction, DeadLetterState } from '../dead-letter.ts';

const setState = 'UPDATE dead_letters SET state = $2, changed_at = $3 WHERE id = ANY ($1::bigint[])';

/** Sets the state of locked letters. */
export async function setDeadLetterState(
  db: Queryable,
  ids: readonly string[],
  state: Exclude<DeadLetterState, 'open'>,
  now: number,
): Promise<void> {
  await db.query(setState, [ids, state, isoTime(now)]);
}

export interface DeadLetterAudit {
  readonly actor: string;
  readonly action: AdminAction;
  readonly ids: readonly string[];
  readonly reason?: string | undefined;
}

const audit = 'INSERT INTO audit_log (at, actor, action, details) VALUES ($1, $2, $3, $4)';

/** Records an operator's action on letters in the audit log. */
export async function auditDeadLetters(
  db: Queryable,
  { actor, action, ids, reason }: DeadLetterAudit,
  now: number,
): Promise<void> {
  await db.query(audit, [isoTime(now), actor, action, JSON.stringify({ ids, reason })]);
}

const reopenStatement = `
  WITH unsent AS (
    DELETE FROM outbox WHERE id = $1 AND kind = 'redrive' RETURNING dead_letter_ids
  ), reopened AS (
    UPDATE dead_letters AS letter SET state = 'open', changed_at = $2
    FROM unsent
    WHERE letter.id = ANY (unsent.dead_letter_ids) AND letter.state = 'redriven'
  )
  SELECT FROM unsent`;

/**
 * Reverts a redrive that cannot be sent: reopens its letters and deletes its row of the outbox. Returns whether the
 * row belonged to a redrive.
 */
export async function reopenUnsent(db: Queryable, outboxId: string, now: number): Promise<boolean> {
  const { rows } = await db.query(reopenStatement, [outboxId, isoTime(now)]);
  return rows.length > 0;
}
