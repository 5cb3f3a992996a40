import type { DeadLetterCode } from '../../orders/command.ts';
import type { Queryable } from '../../postgres/database.ts';
import {
  type DeadLetterSelection,
  type DeadLetterState,
  LETTERS_PER_ROUND,
  type SkippedLetter,
} from '../dead-letter.ts';
import { type Bind, roundConditions, sameKey, selectionConditions } from './dead-letter-conditions.ts';

/** What decides where a letter goes; not its bytes, which may be many. */
export interface LockedLetter {
  readonly id: string;
  readonly code: DeadLetterCode;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** The same for letters with the same key; `null`: none. */
  readonly keyHash: string | null;
  /** Of its record. */
  readonly bytes: number;
  /** It was asked for, in this round or another. */
  readonly askedFor: boolean;
}

/** Locks the open letters that a round chooses, in id order, until the transaction ends. Returns their ids. */
export function lockSelectedDeadLetters(db: Queryable, choice: DeadLetterSelection): Promise<string[]> {
  return selectChosen(db, choice, 'FOR UPDATE');
}

/** The ids of the open letters that a round chooses, in their order. Until they are locked, some may change. */
export function selectDeadLetterIds(db: Queryable, choice: DeadLetterSelection): Promise<string[]> {
  return selectChosen(db, choice, '');
}

async function selectChosen(
  db: Queryable,
  choice: DeadLetterSelection,
  lock: 'FOR UPDATE' | '',
): Promise<string[]> {
  const values: unknown[] = [];
  const bind = bindTo(values);
  const conditions = [...selectionConditions(choice, bind), ...roundConditions(choice, bind)];
  const limit = 'ids' in choice ? '' : `LIMIT ${LETTERS_PER_ROUND}`;
  const { rows } = await db.query<{ id: string }>(
    `SELECT id FROM dead_letters AS letter WHERE ${conditions.join(' AND ')} ORDER BY id ${limit} ${lock}`,
    values,
  );
  return rows.map(({ id }) => id);
}

interface LockedRow extends Omit<LockedLetter, 'offset' | 'keyHash' | 'askedFor'> {
  readonly offset: string;
  readonly key_hash: string | null;
  readonly asked_for: boolean;
}

/**
 * Locks those of the chosen letters that are still open, with all open letters that have the key of one of them. Two at
 * once for one key wait for each other, so that what the later one finds was kept later.
 */
export async function lockDeadLettersOfKeys(
  db: Queryable,
  choice: DeadLetterSelection,
  chosenIds: readonly string[],
): Promise<LockedLetter[]> {
  const values: unknown[] = [];
  const bind = bindTo(values);
  const chosen = bind(chosenIds);
  const { rows } = await db.query<LockedRow>(
    `SELECT id, code, topic, partition, "offset", encode(sha256(key), 'hex') AS key_hash,
            coalesce(octet_length(key), 0) + coalesce(octet_length(value), 0) + octet_length(headers) AS bytes,
            (${selectionConditions(choice, bind).join(' AND ')}) AS asked_for
     FROM dead_letters AS letter
     WHERE state = 'open' AND id IN (
       SELECT unnest(${chosen}::bigint[])
       UNION
       SELECT neighbour.id FROM dead_letters AS chosen
       JOIN dead_letters AS neighbour
         ON neighbour.topic = chosen.topic AND ${sameKey('neighbour.key', 'chosen.key')}
       WHERE chosen.id = ANY (${chosen}) AND chosen.state = 'open' AND neighbour.state = 'open')
     ORDER BY id
     FOR UPDATE OF letter`,
    values,
  );
  return rows.map(({ offset, key_hash, asked_for, ...row }) => ({
    ...row,
    offset: Number(offset),
    keyHash: key_hash,
    askedFor: asked_for,
  }));
}

const bindTo =
  (values: unknown[]): Bind =>
  (value) =>
    `$${values.push(value)}`;

/** The states of those of the letters that exist. */
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

/** Of letters that were asked for by id: those that were not found open, each with the reason. */
export async function selectSkippedLetters(
  db: Queryable,
  choice: DeadLetterSelection,
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
    return [{ id, reason: state === undefined ? 'not_found' : state === 'open' ? 'redriven' : state }];
  });
}
