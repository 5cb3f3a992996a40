import type { KafkaRecord } from '../../../orders/command.ts';
import { eventIdOf } from '../../../orders/decode-command.ts';
import type { Queryable } from '../../database.ts';

const statement = `
  SELECT record.index::int AS index
  FROM unnest($1::uuid[], $2::bytea[], $3::bytea[]) WITH ORDINALITY AS record (event_id, key, value, index)
  JOIN dead_letters AS letter USING (event_id)
  WHERE letter.state <> 'redriven'
    AND letter.key IS NOT DISTINCT FROM record.key AND letter.value IS NOT DISTINCT FROM record.value`;

/** Those of the records that are dead letters already, and have not been redriven since. */
export async function selectDeadLettered(
  db: Queryable,
  records: readonly KafkaRecord[],
): Promise<ReadonlySet<KafkaRecord>> {
  const { rows } = await db.query<{ index: number }>(statement, [
    records.map(eventIdOf),
    records.map(({ key }) => key),
    records.map(({ value }) => value),
  ]);
  return new Set(rows.flatMap(({ index }) => records[index - 1] ?? []));
}
