import { isoTime } from '../../../iso-time.ts';
import type { DeadLetter } from '../../../orders/command.ts';
import { eventIdOf } from '../../../orders/decode-command.ts';
import type { Queryable } from '../../database.ts';
import { recordArrays, recordColumns, recordValues } from '../record-columns.ts';

/** In a statement before the other, which then sees what those who held the locks have done. */
const lock = 'SELECT FROM dead_letters WHERE event_id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE';

/**
 * One letter is one identity with the same bytes. A redriven one is open again; one that is open or discarded stays as it
 * is, unless its order was stored all the same and is now given up. Every opening is told on `orders.dlq`.
 */
const insert = `
  WITH refused AS (
    SELECT DISTINCT ON (event_id, key, value) *
    FROM unnest(${recordArrays(5)}, $2::uuid[], $3::text[], $4::text[])
      AS refused (${recordColumns}, event_id, code, message)
    ORDER BY event_id, key, value, "offset"
  ), reopened AS (
    UPDATE dead_letters AS letter
    SET state = 'open', refusals = letter.refusals + 1, code = refused.code, message = refused.message, changed_at = $1
    FROM refused
    WHERE letter.event_id = refused.event_id
      AND (letter.state = 'redriven'
           OR refused.code = 'attempts_exhausted' AND letter.code <> 'attempts_exhausted')
      AND letter.key IS NOT DISTINCT FROM refused.key AND letter.value IS NOT DISTINCT FROM refused.value
    RETURNING letter.id
  ), inserted AS (
    INSERT INTO dead_letters (${recordColumns}, event_id, code, message, created_at, changed_at)
    SELECT refused.*, $1::timestamptz, $1::timestamptz FROM refused
    WHERE NOT EXISTS (
      SELECT FROM dead_letters AS letter
      WHERE letter.event_id = refused.event_id
        AND letter.key IS NOT DISTINCT FROM refused.key AND letter.value IS NOT DISTINCT FROM refused.value
    )
    ON CONFLICT DO NOTHING
    RETURNING id
  )
  INSERT INTO outbox (created_at, kind, dead_letter_ids)
  SELECT $1, 'dead_letter', ARRAY[id] FROM (SELECT id FROM reopened UNION ALL SELECT id FROM inserted) AS opened
  RETURNING id`;

/** Keeps records that cannot take effect. Returns the rows of the outbox that tell of those that were not open. */
export async function insertDeadLetters(
  db: Queryable,
  letters: readonly DeadLetter[],
  now: number,
): Promise<string[]> {
  const eventIds = letters.map(({ record }) => eventIdOf(record));
  await db.query(lock, [eventIds]);
  const { rows } = await db.query<{ id: string }>(insert, [
    isoTime(now),
    eventIds,
    letters.map(({ code }) => code),
    letters.map(({ message }) => message),
    ...recordValues(letters.map(({ record }) => record)),
  ]);
  return rows.map(({ id }) => id);
}
