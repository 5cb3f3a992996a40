import { isUtf8 } from 'node:buffer';
import { framedText, printable, readable, readableValue, recordTime } from '../../cli/printable.ts';
import type { DeadLetterDetails, DeadLetterSummary } from '../../lib/dead-letters/dead-letter.ts';

const timeOf = (ms: number): string => new Date(ms).toISOString();

/** Returns one JSON object. A key that is not UTF-8 is base64 in `key_base64`; a long key is truncated. */
export function summaryJson({ keyStart, keyBytes, ...letter }: DeadLetterSummary): string {
  return printableJson({
    id: letter.id,
    state: letter.state,
    code: letter.code,
    message: letter.message,
    refusals: letter.refusals,
    topic: letter.topic,
    partition: letter.partition,
    offset: letter.offset,
    ...bytesFields('key', keyStart),
    key_bytes: keyBytes,
    value_bytes: letter.valueBytes,
    created_at: timeOf(letter.createdAt),
    changed_at: timeOf(letter.changedAt),
  });
}

/**
 * Returns the same with the complete record. Bytes that are not UTF-8 are base64 in `key_base64` and `value_base64`. The
 * frame of a schema registry is replaced by `schema_id`.
 */
export function detailsJson({ record, ...letter }: DeadLetterDetails): string {
  return printableJson({
    id: letter.id,
    state: letter.state,
    code: letter.code,
    message: letter.message,
    refusals: letter.refusals,
    event_id: letter.eventId,
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    time: recordTime(record.timestamp),
    ...bytesFields('key', record.key),
    headers: record.headers.map(([name, value]) => ({ name, ...bytesFields('value', value) })),
    ...valueFields(record.value),
    created_at: timeOf(letter.createdAt),
    changed_at: timeOf(letter.changedAt),
    actions: letter.actions.map(({ at, ...action }) => ({ at: timeOf(at), ...action })),
  });
}

const printableJson = (fields: Readonly<Record<string, unknown>>): string =>
  printable(JSON.stringify(fields));

function valueFields(value: Buffer | null): Record<string, string | number | null> {
  const framed = value === null ? undefined : framedText(value);
  return framed
    ? { schema_id: framed.schemaId, ...bytesFields('value', framed.payload) }
    : bytesFields('value', value);
}

function bytesFields(name: string, bytes: Buffer | null): Record<string, string | null> {
  if (bytes === null) {
    return { [name]: null };
  }
  return isUtf8(bytes) ? { [name]: bytes.toString() } : { [`${name}_base64`]: bytes.toString('base64') };
}

/** Returns readable lines. Long values are truncated. */
export function detailsLines({ record, ...letter }: DeadLetterDetails): string[] {
  const { topic, partition, offset, timestamp, key, headers, value } = record;
  const fields: [string, string][] = [
    ['state', `${letter.state} since ${timeOf(letter.changedAt)}, rejected ${times(letter.refusals)}`],
    ['code', letter.code],
    ['message', printable(letter.message)],
    ['stored', timeOf(letter.createdAt)],
    ['record', `${topic}/${partition}@${offset} of ${recordTime(timestamp)}`],
    ['event id', letter.eventId],
    ['key', key === null ? '(no key)' : short(key, readable)],
    ...headers.map(([name, bytes]): [string, string] => [
      'header',
      `${printable(name)}=${short(bytes, readable)}`,
    ]),
    ['value', value === null ? '(tombstone)' : short(value, readableValue)],
    ...letter.actions.map(({ at, actor, action, reason }): [string, string] => [
      'action',
      printable(
        `${timeOf(at)} ${action.replace('dead_letter.', '')} by ${actor}${reason === null ? '' : `: ${reason}`}`,
      ),
    ]),
  ];
  return [`Dead letter ${letter.id}`, ...fields.map(([name, text]) => `  ${name.padEnd(10)}${text}`)];
}

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);

const MAX_CHARACTERS = 2_000;

function short(bytes: Buffer, textOf: (bytes: Buffer) => string): string {
  const text = textOf(bytes);
  return text.length <= MAX_CHARACTERS
    ? text
    : `${text.slice(0, MAX_CHARACTERS).toWellFormed()}… (${bytes.length} bytes; --json shows all)`;
}
