import type { KafkaRecord } from '../command.ts';

/** Columns of a stored record. The arrays for `unnest` have the same order. */
export const recordColumns = 'topic, partition, "offset", timestamp_ms, key, value, headers';

/** A row of those columns as pg returns it: 64-bit numbers are text. */
export interface RecordRow {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly timestamp_ms: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Buffer;
}

/** Returns the types of the arrays, as parameters from `$first` on. */
export function recordArrays(first: number): string {
  const types = ['text', 'int', 'bigint', 'numeric', 'bytea', 'bytea', 'bytea'];
  return types.map((type, index) => `$${first + index}::${type}[]`).join(', ');
}

export function recordValues(records: readonly KafkaRecord[]): unknown[][] {
  return [
    records.map(({ topic }) => topic),
    records.map(({ partition }) => partition),
    records.map(({ offset }) => offset),
    records.map(({ timestamp }) => timestamp),
    records.map(({ key }) => key),
    records.map(({ value }) => value),
    records.map(({ headers }) => headerBytes(headers)),
  ];
}

export function recordOf(row: RecordRow): KafkaRecord {
  return {
    topic: row.topic,
    partition: row.partition,
    offset: Number(row.offset),
    timestamp: Number(row.timestamp_ms),
    key: row.key,
    value: row.value,
    headers: headersOf(row.headers),
  };
}

/** Returns `[[name, base64 of the value], …]` as JSON, because names may repeat and values may be any bytes. */
function headerBytes(headers: KafkaRecord['headers']): Buffer {
  return Buffer.from(JSON.stringify(headers.map(([name, value]) => [name, value.toString('base64')])));
}

function headersOf(bytes: Buffer): KafkaRecord['headers'] {
  const headers: [string, string][] = JSON.parse(bytes.toString('utf8'));
  return headers.map(([name, base64]) => [name, Buffer.from(base64, 'base64')]);
}
