import type { Queryable } from '../postgres/database.ts';
import type { DeadLetterChoice, SkippedLetter } from './dead-letter-choice.ts';
import { selectDeadLetterStates } from './sql/lock-dead-letters.ts';

/** Of letters that were asked for by id: those that were not found open, each with the reason. */
export async function skippedIds(
  db: Queryable,
  choice: DeadLetterChoice,
  found: ReadonlySet<string>,
): Promise<SkippedLetter[]> {
  const missing = 'ids' in choice ? choice.ids.filter((id) => !found.has(id)) : [];
  if (missing.length === 0) {
    return [];
  }
  const states = await selectDeadLetterStates(db, missing);
  return missing.flatMap((id) => {
    const state = states.get(id);
    // One that is open now became so after the others were locked: it was not open when it was asked for.
    return [{ id, why: state === undefined ? 'not_found' : state === 'open' ? 'redriven' : state }];
  });
}
