import type { DeadLetterCode } from '../../orders/command.ts';
import type { DeadLetterState, DeadLetterSummary } from '../dead-letter.ts';

/** What is said about a letter beside its record. */
export const letterColumns = 'id, state, code, message, refusals, created_at, changed_at';

/** A row of those columns as pg gives it: 64-bit numbers as text. */
export interface LetterRow {
  readonly id: string;
  readonly state: DeadLetterState;
  readonly code: DeadLetterCode;
  readonly message: string;
  readonly refusals: number;
  readonly created_at: Date;
  readonly changed_at: Date;
}

type Letter = Pick<
  DeadLetterSummary,
  'id' | 'state' | 'code' | 'message' | 'refusals' | 'createdAt' | 'changedAt'
>;

export function letterOf({ id, state, code, message, refusals, created_at, changed_at }: LetterRow): Letter {
  return {
    id,
    state,
    code,
    message,
    refusals,
    createdAt: created_at.getTime(),
    changedAt: changed_at.getTime(),
  };
}
