import { COUNTED_AT_MOST } from '../../postgres/counted-at-most.ts';
import type { Queryable } from '../../postgres/database.ts';

/** In an index's order, or many of them would be looked for by reading the table from its front. */
const statement = `
  SELECT count(*)::int AS letters
  FROM (SELECT FROM dead_letters WHERE state = 'open' ORDER BY sha256(key), id LIMIT ${COUNTED_AT_MOST}) AS open`;

/** Dead letters that nobody has redriven or discarded. */
export async function countOpenLetters(db: Queryable): Promise<number> {
  return (await db.query<{ letters: number }>(statement)).rows[0]?.letters ?? 0;
}
