import type { DeadLetterCode, KafkaRecord } from '../../orders/command.ts';
import { eventIdOf } from '../../orders/ids.ts';
import {
  type RecordRow,
  recordArrays,
  recordColumns,
  recordOf,
  recordValues,
} from '../../orders/sql/record-columns.ts';
import type { Queryable } from '../../postgres/database.ts';
import { MAX_COUNT } from '../../postgres/gauges.ts';
import type {
  AdminAction,
  DeadLetterAction,
  DeadLetterDetails,
  DeadLetterFilter,
  DeadLetterState,
  DeadLetterSummary,
} from '../dead-letter.ts';
import { filterConditions, identity, sameLetter } from './dead-letter-conditions.ts';

/** The columns of a letter besides its record. */
export const letterColumns = 'id, state, code, message, refusals, created_at, changed_at';

/** A row of those columns as pg returns it: 64-bit numbers are text. */
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

interface DetailsRow extends LetterRow, RecordRow {
  readonly event_id: string;
}

interface ActionRow {
  readonly at: Date;
  readonly actor: string;
  readonly action: AdminAction;
  readonly reason: string | null;
}

const select = `SELECT ${letterColumns}, ${recordColumns}, event_id FROM dead_letters WHERE id = $1`;

/** Actions are rare, so no index is needed. */
const selectActions = `
  SELECT at, actor, action, details->>'reason' AS reason FROM audit_log
  WHERE action LIKE 'dead\\_letter.%' AND details::jsonb->'ids' ? $1
  ORDER BY id`;

/** Returns a letter with its record and its actions. */
export async function selectDeadLetter(db: Queryable, id: string): Promise<DeadLetterDetails | undefined> {
  const { rows } = await db.query<DetailsRow>(select, [id]);
  const [row] = rows;
  if (row === undefined) {
    return undefined;
  }
  const actions = await db.query<ActionRow>(selectActions, [id]);
  return {
    ...letterOf(row),
    eventId: row.event_id,
    record: recordOf(row),
    actions: actions.rows.map(({ at, ...action }): DeadLetterAction => ({ at: at.getTime(), ...action })),
  };
}

interface SummaryRow extends LetterRow {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key_start: Buffer | null;
  readonly key_bytes: number | null;
  readonly value_bytes: number | null;
}

/**
 * Returns at most `limit` letters in this state that pass the filter, newest first, from the start or after
 * `afterId`.
 */
export async function selectDeadLettersPage(
  db: Queryable,
  filter: DeadLetterFilter & { readonly state: DeadLetterState | undefined },
  afterId: string | undefined,
  limit: number,
): Promise<DeadLetterSummary[]> {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const conditions = [
    ...(filter.state === undefined ? [] : [`letter.state = ${bind(filter.state)}`]),
    ...filterConditions(filter, bind),
    ...(afterId === undefined ? [] : [`letter.id < ${bind(afterId)}`]),
  ];
  const { rows } = await db.query<SummaryRow>(
    `SELECT ${letterColumns}, topic, partition, "offset", substring(key FROM 1 FOR 256) AS key_start,
            octet_length(key) AS key_bytes, octet_length(value) AS value_bytes
     FROM dead_letters AS letter
     ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}
     ORDER BY id DESC
     LIMIT ${bind(limit)}`,
    values,
  );
  return rows.map((row) => ({
    ...letterOf(row),
    topic: row.topic,
    partition: row.partition,
    offset: Number(row.offset),
    keyStart: row.key_start,
    keyBytes: row.key_bytes,
    valueBytes: row.value_bytes,
  }));
}

/** The order of an index. Without it, PostgreSQL may scan the table from its start. */
const countOpenStatement = `
  SELECT count(*)::int AS letters
  FROM (SELECT FROM dead_letters WHERE state = 'open' ORDER BY sha256(key), id LIMIT ${MAX_COUNT}) AS open`;

/** Returns the number of open letters, up to `MAX_COUNT`. */
export async function countOpenLetters(db: Queryable): Promise<number> {
  return (await db.query<{ letters: number }>(countOpenStatement)).rows[0]?.letters ?? 0;
}

const deadLetteredStatement = `
  SELECT record.index::int AS index
  FROM unnest(${recordArrays(2)}, $1::uuid[]) WITH ORDINALITY AS record (${recordColumns}, event_id, index),
       ${identity}, ${sameLetter('record')}
  WHERE letter.state <> 'redriven'`;

/** Returns the records that already have an open or discarded letter. */
export async function selectDeadLettered(
  db: Queryable,
  records: readonly KafkaRecord[],
): Promise<ReadonlySet<KafkaRecord>> {
  const { rows } = await db.query<{ index: number }>(deadLetteredStatement, [
    records.map(eventIdOf),
    ...recordValues(records),
  ]);
  return new Set(rows.flatMap(({ index }) => records[index - 1] ?? []));
}
