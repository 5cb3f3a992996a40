import type { KafkaRecord } from '../../orders/command.ts';
import { eventIdOf } from '../../orders/decode-command.ts';
import { recordArrays, recordColumns, recordValues } from '../../orders/sql/record-columns.ts';
import type { Queryable } from '../../postgres/database.ts';
import { identity, sameLetter } from './dead-letter-conditions.ts';

const statement = `
  SELECT record.index::int AS index
  FROM unnest(${recordArrays(2)}, $1::uuid[]) WITH ORDINALITY AS record (${recordColumns}, event_id, index),
       ${identity}, ${sameLetter('record')}
  WHERE letter.state <> 'redriven'`;

/** Those of the records that are dead letters already, and have not been redriven since. */
export async function selectDeadLettered(
  db: Queryable,
  records: readonly KafkaRecord[],
): Promise<ReadonlySet<KafkaRecord>> {
  const { rows } = await db.query<{ index: number }>(statement, [
    records.map(eventIdOf),
    ...recordValues(records),
  ]);
  return new Set(rows.flatMap(({ index }) => records[index - 1] ?? []));
}
