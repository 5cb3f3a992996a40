import type { DeadLetter, KafkaRecord } from '../../orders/command.ts';
import { eventIdOf } from '../../orders/decode-command.ts';
import type { Queryable } from '../database.ts';

const statement = `
  INSERT INTO dead_letters (topic, partition, "offset", timestamp_ms, event_id, key, value, headers, code, message)
  SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[], $4::numeric[], $5::uuid[],
                       $6::bytea[], $7::bytea[], $8::bytea[], $9::text[], $10::text[])
  ON CONFLICT DO NOTHING`;

/** Keeps records that cannot take effect; a letter that is there already stays as it is. */
export async function insertDeadLetters(db: Queryable, letters: readonly DeadLetter[]): Promise<void> {
  await db.query(statement, [
    letters.map(({ record }) => record.topic),
    letters.map(({ record }) => record.partition),
    letters.map(({ record }) => record.offset),
    letters.map(({ record }) => record.timestamp),
    letters.map(({ record }) => eventIdOf(record)),
    letters.map(({ record }) => record.key),
    letters.map(({ record }) => record.value),
    letters.map(({ record }) => headerBytes(record)),
    letters.map(({ code }) => code),
    letters.map(({ message }) => message),
  ]);
}

/** `[[name, base64 of the value], …]` as JSON: names may repeat, and values may be any bytes. */
function headerBytes({ headers }: KafkaRecord): Buffer {
  return Buffer.from(JSON.stringify(headers.map(([name, value]) => [name, value.toString('base64')])));
}
