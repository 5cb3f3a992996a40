import type { Queryable } from '../../postgres/database.ts';
import type { DeadLetterFilter, DeadLetterState, DeadLetterSummary } from '../dead-letter.ts';
import { filterConditions } from './dead-letter-conditions.ts';
import { type LetterRow, letterColumns, letterOf } from './dead-letter-row.ts';

interface SummaryRow extends LetterRow {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key_start: Buffer | null;
  readonly key_bytes: number | null;
  readonly value_bytes: number | null;
}

/** At most `limit` letters in this state that pass the filter, newest first: from the newest, or behind `afterId`. */
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
