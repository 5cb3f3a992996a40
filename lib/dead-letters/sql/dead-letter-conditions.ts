import { isoTime } from '../../time/time-text.ts';
import type { DeadLetterFilter, DeadLetterSelection } from '../dead-letter.ts';

/** Adds a value to the parameters of a statement and returns its placeholder. */
export type Bind = (value: unknown) => string;

/** Compares keys. The comparison of hashes allows an index. */
export const sameKey = (key: string, other: string): string =>
  `sha256(${key}) = sha256(${other}) AND ${key} = ${other}`;

/** `letterIdentity` in SQL, without the event id: an item for FROM, after one that has the columns of a record. */
export const identity = 'letter_identity(key, value, headers) AS identity';

/**
 * Returns an item for FROM with the existing letter of a record, after its `identity` and a row with its `event_id`.
 * OFFSET 0 forces an index lookup for each row. A join could instead hash the identities of all letters, which takes
 * seconds.
 */
export const sameLetter = (row: string): string =>
  `LATERAL (
     SELECT id, state FROM dead_letters AS other
     WHERE other.event_id = ${row}.event_id AND letter_identity(other.key, other.value, other.headers) = identity
     OFFSET 0
   ) AS letter`;

/** A filter as conditions on `letter`. */
export function filterConditions(filter: DeadLetterFilter, bind: Bind): string[] {
  const { code, topic, key, since, until } = filter;
  return [
    ...(code === undefined ? [] : [`letter.code = ${bind(code)}`]),
    ...(topic === undefined ? [] : [`letter.topic = ${bind(topic)}`]),
    ...(key === undefined ? [] : [sameKey('letter.key', bind(key))]),
    ...(since === undefined ? [] : [`letter.created_at >= ${bind(isoTime(since))}`]),
    ...(until === undefined ? [] : [`letter.created_at < ${bind(isoTime(until))}`]),
  ];
}

/** The condition that `letter` is open and selected. */
export function selectionConditions(selection: DeadLetterSelection, bind: Bind): string[] {
  return [
    "letter.state = 'open'",
    ...('ids' in selection
      ? [`letter.id = ANY (${bind(selection.ids)}::bigint[])`]
      : filterConditions(selection.filter, bind)),
  ];
}

/** The condition that `letter` belongs to this round. */
export function roundConditions(selection: DeadLetterSelection, bind: Bind): string[] {
  if ('ids' in selection || selection.from === undefined) {
    return [];
  }
  const { afterId, startedAt } = selection.from;
  return [`letter.id > ${bind(afterId)}`, `letter.changed_at <= ${bind(isoTime(startedAt))}`];
}
