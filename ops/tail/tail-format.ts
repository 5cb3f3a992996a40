import { isUtf8 } from 'node:buffer';
import {
  framedText,
  isJson,
  onOneLine,
  printable,
  readable,
  readableValue,
  recordTime,
} from '../../cli/printable.ts';
import type { ConsumedMessage } from '../../lib/kafka/consumer/consumed-message.ts';

export type TailMessage = ConsumedMessage<Record<string, Buffer>>;

/** Colours a part of the line. */
export type Paint = (colour: 'gray' | 'cyan' | 'yellow', text: string) => string;

/** Returns one readable line: time, position, key, headers, value. */
export function readableLine(message: TailMessage, paint: Paint): string {
  const { topic, partition, offset, timestamp, keyBytes, headers, value } = message;
  return [
    paint('gray', recordTime(timestamp)),
    paint('gray', `${topic}/${partition}@${offset}`),
    paint('cyan', keyBytes === null ? '(no key)' : readable(keyBytes)),
    ...headers.map(([name, bytes]) =>
      paint('yellow', `${printable(name)}=${bytes === null ? '(null)' : readable(bytes)}`),
    ),
    value === null ? '(tombstone)' : readableValue(value),
  ].join('  ');
}

/**
 * Returns one JSON object. Bytes that are not UTF-8 are base64 in `key_base64` and `value_base64`; text that is not
 * JSON is in `value_text`. A JSON value stays exactly as sent, with every digit. The frame of a schema registry is
 * replaced by `schema_id`.
 */
export function jsonLine({
  topic,
  partition,
  offset,
  timestamp,
  keyBytes,
  headers,
  value,
}: TailMessage): string {
  const fields = [
    ...field('topic', JSON.stringify(topic)),
    ...field('partition', `${partition}`),
    ...field('offset', `${offset}`),
    ...field('time', JSON.stringify(recordTime(timestamp))),
    ...textField('key', keyBytes),
    ...field(
      'headers',
      `[${headers.map(([name, bytes]) => `{${[...field('name', JSON.stringify(name)), ...textField('value', bytes)]}}`)}]`,
    ),
    ...valueField(value),
  ];
  return `{${fields}}`;
}

function valueField(value: Buffer | null): string[] {
  const framed = value === null ? undefined : framedText(value);
  return framed
    ? [...field('schema_id', `${framed.schemaId}`), ...payloadField(framed.payload)]
    : payloadField(value);
}

function payloadField(value: Buffer | null): string[] {
  if (value === null || !isUtf8(value)) {
    return textField('value', value);
  }
  const text = value.toString();
  return isJson(text) ? field('value', onOneLine(text)) : field('value_text', JSON.stringify(text));
}

function textField(name: string, bytes: Buffer | null): string[] {
  if (bytes === null) {
    return field(name, 'null');
  }
  return isUtf8(bytes)
    ? field(name, JSON.stringify(bytes.toString()))
    : field(`${name}_base64`, JSON.stringify(bytes.toString('base64')));
}

const field = (name: string, json: string): string[] => [`"${name}":${json}`];
