import type { DeadLetterCode } from '../../orders/command.ts';
import type { Queryable } from '../../postgres/database.ts';
import {
  type DeadLetterSelection,
  type DeadLetterState,
  LETTERS_PER_ROUND,
  type SkippedLetter,
} from '../dead-letter.ts';
import { type Bind, roundConditions, sameKey, selectionConditions } from './dead-letter-conditions.ts';

/** The fields that decide where a letter is sent, without its bytes, which may be many. */
export interface LockedLetter {
  readonly id: string;
  readonly code: DeadLetterCode;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Equal for letters with the same key; `null` for a letter without a key. */
  readonly keyHash: string | null;
  /** The size of the record. */
  readonly bytes: number;
  /** True if the letter was selected, in this round or another. */
  readonly isSelected: boolean;
}

/** Locks the open letters that a round chooses, in id order, until the transaction ends. Returns their ids. */
export function lockSelectedDeadLetters(db: Queryable, selection: DeadLetterSelection): Promise<string[]> {
  return selectIds(db, selection, 'FOR UPDATE');
}

/**
 * Returns the ids of the open letters that a round selects, in id order. A letter may change before it is locked.
 */
export function selectDeadLetterIds(db: Queryable, selection: DeadLetterSelection): Promise<string[]> {
  return selectIds(db, selection, '');
}

async function selectIds(
  db: Queryable,
  selection: DeadLetterSelection,
  lock: 'FOR UPDATE' | '',
): Promise<string[]> {
  const values: unknown[] = [];
  const bind = bindTo(values);
  const conditions = [...selectionConditions(selection, bind), ...roundConditions(selection, bind)];
  const limit = 'ids' in selection ? '' : `LIMIT ${LETTERS_PER_ROUND}`;
  const { rows } = await db.query<{ id: string }>(
    `SELECT id FROM dead_letters AS letter WHERE ${conditions.join(' AND ')} ORDER BY id ${limit} ${lock}`,
    values,
  );
  return rows.map(({ id }) => id);
}

interface LockedRow extends Omit<LockedLetter, 'offset' | 'keyHash' | 'isSelected'> {
  readonly offset: string;
  readonly key_hash: string | null;
  readonly is_selected: boolean;
}

/**
 * Locks the selected letters that are still open, and all other open letters with one of their keys. Concurrent
 * redrives of a key wait for each other, so that the later one finds only later letters.
 */
export async function lockDeadLettersOfKeys(
  db: Queryable,
  selection: DeadLetterSelection,
  selectedIds: readonly string[],
): Promise<LockedLetter[]> {
  const values: unknown[] = [];
  const bind = bindTo(values);
  const selected = bind(selectedIds);
  const { rows } = await db.query<LockedRow>(
    `SELECT id, code, topic, partition, "offset", encode(sha256(key), 'hex') AS key_hash,
            coalesce(octet_length(key), 0) + coalesce(octet_length(value), 0) + octet_length(headers) AS bytes,
            (${selectionConditions(selection, bind).join(' AND ')}) AS is_selected
     FROM dead_letters AS letter
     WHERE state = 'open' AND id IN (
       SELECT unnest(${selected}::bigint[])
       UNION
       SELECT neighbour.id FROM dead_letters AS selected
       JOIN dead_letters AS neighbour
         ON neighbour.topic = selected.topic AND ${sameKey('neighbour.key', 'selected.key')}
       WHERE selected.id = ANY (${selected}) AND selected.state = 'open' AND neighbour.state = 'open')
     ORDER BY id
     FOR UPDATE OF letter`,
    values,
  );
  return rows.map(({ offset, key_hash, is_selected, ...row }) => ({
    ...row,
    offset: Number(offset),
    keyHash: key_hash,
    isSelected: is_selected,
  }));
}

const bindTo =
  (values: unknown[]): Bind =>
  (value) =>
    `$${values.push(value)}`;

/** Returns the states of the letters that exist. */
export async function selectDeadLetterStates(
  db: Queryable,
  ids: readonly string[],
): Promise<Map<string, DeadLetterState>> {
  const { rows } = await db.query<{ id: string; state: DeadLetterState }>(
    'SELECT id, state FROM dead_letters WHERE id = ANY ($1::bigint[])',
    [ids],
  );
  return new Map(rows.map(({ id, state }) => [id, state]));
}

/** Returns the letters that were selected by id and are not open, each with the reason. */
export async function selectSkippedLetters(
  db: Queryable,
  selection: DeadLetterSelection,
  found: ReadonlySet<string>,
): Promise<SkippedLetter[]> {
  const missing = 'ids' in selection ? selection.ids.filter((id) => !found.has(id)) : [];
  if (missing.length === 0) {
    return [];
  }
  const states = await selectDeadLetterStates(db, missing);
  return missing.flatMap((id) => {
    const state = states.get(id);
    // A letter that is open now was opened after the lock: it was not open when it was selected.
    return [{ id, reason: state === undefined ? 'not_found' : state === 'open' ? 'redriven' : state }];
  });
}
