import type { DeadLetter } from '../../orders/command.ts';
import { eventIdOf } from '../../orders/ids.ts';
import { recordArrays, recordColumns, recordValues } from '../../orders/sql/record-columns.ts';
import type { Queryable } from '../../postgres/database.ts';
import { isoTime } from '../../time/time-text.ts';
import { identity, sameLetter } from './dead-letter-conditions.ts';

/**
 * Locks the existing letters of the records. It is a separate statement, so that the insert sees the changes of the
 * transactions that held the locks. If it locks none, no letter can be reopened.
 */
const lock = `
  SELECT FROM dead_letters WHERE id = ANY (ARRAY(
    SELECT letter.id
    FROM unnest(${recordArrays(2)}, $1::uuid[]) AS rejected (${recordColumns}, event_id), ${identity}, ${sameLetter('rejected')}
  ))
  ORDER BY id FOR UPDATE`;

/**
 * Reopens a redriven letter. An open or discarded letter stays unchanged, unless its order was stored and its
 * attempts are now exhausted. Every opened letter is published on `orders.dlq`. If two processes insert the same
 * letter at the same moment, or two records of the batch are the same letter, the unique index allows one. No query
 * checks for such a letter, because its identity costs as much as the rest of the row.
 */
const insert = `
  WITH rejected AS (
    SELECT * FROM unnest(${recordArrays(6)}, $2::uuid[], $3::text[], $4::text[]) WITH ORDINALITY
      AS rejected (${recordColumns}, event_id, code, message, index)
  ), known AS (
    SELECT letter.id, code, message, index FROM rejected, ${identity}, ${sameLetter('rejected')} WHERE $5
  ), reopened AS (
    UPDATE dead_letters AS letter
    SET state = 'open', refusals = letter.refusals + 1, code = known.code, message = known.message, changed_at = $1
    FROM known
    WHERE letter.id = known.id
      AND (letter.state = 'redriven'
           OR known.code = 'attempts_exhausted' AND letter.code <> 'attempts_exhausted')
    RETURNING letter.id, known.index
  ), inserted AS (
    INSERT INTO dead_letters (${recordColumns}, event_id, code, message, created_at, changed_at)
    SELECT ${recordColumns}, event_id, code, message, $1::timestamptz, $1::timestamptz FROM rejected
    ORDER BY event_id, key, value, "offset"
    ON CONFLICT DO NOTHING
    RETURNING id, topic, partition, "offset", event_id, key, value, headers
  ), opened AS (
    SELECT id, index, false AS is_new FROM reopened
    UNION ALL
    SELECT DISTINCT ON (inserted.id) inserted.id, rejected.index, true
    FROM inserted JOIN rejected USING (topic, partition, "offset", event_id, headers)
    WHERE inserted.key IS NOT DISTINCT FROM rejected.key AND inserted.value IS NOT DISTINCT FROM rejected.value
  ), enqueued AS (
    INSERT INTO outbox (created_at, kind, dead_letter_ids)
    SELECT $1, 'dead_letter', ARRAY[id] FROM opened
    RETURNING id, dead_letter_ids[1] AS letter_id
  )
  SELECT enqueued.id AS outbox_id, opened.index::int AS index, opened.is_new
  FROM enqueued JOIN opened ON opened.id = enqueued.letter_id
  ORDER BY opened.index`;

interface OpenedRow {
  readonly outbox_id: string;
  readonly index: number;
  readonly is_new: boolean;
}

/** A letter that this statement opened. */
export interface OpenedLetter extends DeadLetter {
  /** The row of the outbox that publishes it. */
  readonly outboxId: string;
  /** True if the letter is new. A reopened letter keeps the record from its first position. */
  readonly isNew: boolean;
}

/** Inserts dead letters for records that cannot take effect. Returns the opened letters in order. */
export async function insertDeadLetters(
  db: Queryable,
  letters: readonly DeadLetter[],
  now: number,
): Promise<OpenedLetter[]> {
  if (letters.length === 0) {
    return [];
  }
  const records = recordValues(letters.map(({ record }) => record));
  const eventIds = letters.map(({ record }) => eventIdOf(record));
  const { rowCount: locked } = await db.query(lock, [eventIds, ...records]);
  const { rows } = await db.query<OpenedRow>(insert, [
    isoTime(now),
    eventIds,
    letters.map(({ code }) => code),
    letters.map(({ message }) => message),
    locked !== 0,
    ...records,
  ]);
  return rows.flatMap(({ outbox_id: outboxId, index, is_new: isNew }) => {
    const letter = letters[index - 1];
    return letter ? [{ ...letter, outboxId, isNew }] : [];
  });
}
