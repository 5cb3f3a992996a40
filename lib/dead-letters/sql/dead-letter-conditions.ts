import { isoTime } from '../../time/time-text.ts';
import type { DeadLetterFilter, DeadLetterSelection } from '../dead-letter.ts';

/** Puts a value among the parameters of a statement and gives its place. */
export type Bind = (value: unknown) => string;

/** That keys are the same, which an index finds by their hashes. */
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

/** Of `letter`: it is open, and was asked for. */
export function selectionConditions(choice: DeadLetterSelection, bind: Bind): string[] {
  return [
    "letter.state = 'open'",
    ...('ids' in choice
      ? [`letter.id = ANY (${bind(choice.ids)}::bigint[])`]
      : filterConditions(choice.filter, bind)),
  ];
}

/** Of `letter`: it belongs to this round. */
export function roundConditions(choice: DeadLetterSelection, bind: Bind): string[] {
  if ('ids' in choice || choice.from === undefined) {
    return [];
  }
  const { afterId, startedAt } = choice.from;
  return [`letter.id > ${bind(afterId)}`, `letter.changed_at <= ${bind(isoTime(startedAt))}`];
}
