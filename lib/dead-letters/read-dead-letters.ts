import type { Queryable } from '../postgres/database.ts';
import type {
  DeadLetterDetails,
  DeadLetterFilter,
  DeadLetterState,
  DeadLetterSummary,
} from './dead-letter.ts';
import { selectDeadLetter, selectDeadLettersPage } from './sql/select-dead-letters.ts';

export interface DeadLetterQuery extends DeadLetterFilter {
  /** Absent: letters in every state. */
  readonly state: DeadLetterState | undefined;
  readonly limit: number;
  /** `next` of the previous page. */
  readonly cursor?: string | undefined;
}

export interface DeadLetterPage {
  readonly letters: readonly DeadLetterSummary[];
  /** Absent on the last page. */
  readonly next: string | undefined;
}

/** Returns a page of letters, newest first. */
export async function listDeadLetters(
  db: Queryable,
  { limit, cursor, ...filter }: DeadLetterQuery,
): Promise<DeadLetterPage> {
  const found = await selectDeadLettersPage(db, filter, cursor, limit + 1);
  const letters = found.slice(0, limit);
  return { letters, next: found.length > limit ? letters.at(-1)?.id : undefined };
}

/** Returns a letter with its record and its actions; undefined for an unknown id. */
export const showDeadLetter = (db: Queryable, id: string): Promise<DeadLetterDetails | undefined> =>
  selectDeadLetter(db, id);
