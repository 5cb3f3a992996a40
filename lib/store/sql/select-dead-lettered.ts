import type { KafkaRecord } from '../../orders/command.ts';
import type { Queryable } from '../database.ts';

const statement = `
  SELECT place.index::int AS index
  FROM unnest($1::text[], $2::int[], $3::bigint[], $4::numeric[]) WITH ORDINALITY
    AS place (topic, partition, "offset", timestamp_ms, index)
  JOIN dead_letters USING (topic, partition, "offset", timestamp_ms)`;

/** Those of the records that are dead letters already. */
export async function selectDeadLettered(
  db: Queryable,
  records: readonly KafkaRecord[],
): Promise<ReadonlySet<KafkaRecord>> {
  const { rows } = await db.query<{ index: number }>(statement, [
    records.map(({ topic }) => topic),
    records.map(({ partition }) => partition),
    records.map(({ offset }) => offset),
    records.map(({ timestamp }) => timestamp),
  ]);
  return new Set(rows.flatMap(({ index }) => records[index - 1] ?? []));
}
