import { isUtf8 } from 'node:buffer';
import { type UnframedValue, unframed } from '../lib/orders/framed-value.ts';

/**
 * Escapes control and direction characters as JSON does (`\u001b`), so that a terminal shows them. JSON stays equal
 * JSON.
 */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.codePointAt(0)?.toString(16).padStart(4, '0')}`,
  );
}

/** Returns bytes as one line: UTF-8 text unchanged, other bytes as base64. */
export function readable(bytes: Buffer): string {
  if (!isUtf8(bytes)) {
    return `base64:${bytes.toString('base64')}`;
  }
  const text = bytes.toString();
  return printable(isJson(text) ? onOneLine(text) : text);
}

/** Returns a record's value as one line. Text after the frame of a schema registry follows the id of its schema. */
export function readableValue(value: Buffer): string {
  const framed = framedText(value);
  return framed ? `(schema ${framed.schemaId}) ${readable(framed.payload)}` : readable(value);
}

/** Returns the parts of a value if it is text in the frame of a schema registry. */
export function framedText(value: Buffer): Required<UnframedValue> | undefined {
  const { payload, schemaId } = unframed(value) ?? {};
  return payload !== undefined && schemaId !== undefined && isUtf8(payload)
    ? { payload, schemaId }
    : undefined;
}

/** Joins the lines of JSON. JSON strings contain no line breaks, so each line break is between tokens. */
export const onOneLine = (json: string): string => json.replace(/\s*[\r\n]\s*/g, ' ').trim();

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Formats a record's timestamp. A producer can send any number; -1 means no timestamp. */
export function recordTime(timestamp: number): string {
  const date = new Date(timestamp);
  return timestamp < 0 || Number.isNaN(date.getTime()) ? '(no time)' : date.toISOString();
}
