import { type RecordRow, recordColumns, recordOf } from '../../orders/sql/record-columns.ts';
import type { Queryable } from '../../postgres/database.ts';
import type { AdminAction, DeadLetterAction, DeadLetterDetails } from '../dead-letter.ts';
import { type LetterRow, letterColumns, letterOf } from './dead-letter-row.ts';

interface DetailsRow extends LetterRow, RecordRow {
  readonly event_id: string;
}

interface ActionRow {
  readonly at: Date;
  readonly actor: string;
  readonly action: AdminAction;
  readonly reason: string | null;
}

const select = `SELECT ${letterColumns}, ${recordColumns}, event_id FROM dead_letters WHERE id = $1`;

/** Actions are rare, so that none of their columns needs an index. */
const selectActions = `
  SELECT at, actor, action, details->>'reason' AS reason FROM audit_log
  WHERE action LIKE 'dead\\_letter.%' AND details::jsonb->'ids' ? $1
  ORDER BY id`;

/** A letter with all that is known about it. */
export async function selectDeadLetter(db: Queryable, id: string): Promise<DeadLetterDetails | undefined> {
  const { rows } = await db.query<DetailsRow>(select, [id]);
  const [row] = rows;
  if (row === undefined) {
    return undefined;
  }
  const actions = await db.query<ActionRow>(selectActions, [id]);
  return {
    ...letterOf(row),
    eventId: row.event_id,
    record: recordOf(row),
    actions: actions.rows.map(({ at, ...action }): DeadLetterAction => ({ at: at.getTime(), ...action })),
  };
}
