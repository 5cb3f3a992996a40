import { isUtf8 } from 'node:buffer';

/** What a terminal would obey instead of showing it, as in JSON: \u001b. JSON stays the same JSON. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.codePointAt(0)?.toString(16).padStart(4, '0')}`,
  );
}

/** Any bytes on one line: JSON and other text as they are, what is no UTF-8 as base64. */
export function readable(bytes: Buffer): string {
  if (!isUtf8(bytes)) {
    return `base64:${bytes.toString('base64')}`;
  }
  const text = bytes.toString();
  return printable(isJson(text) ? onOneLine(text) : text);
}

/** Inside JSON strings there are no line breaks, so those that are there stand between tokens. */
export const onOneLine = (json: string): string => json.replace(/\s*[\r\n]\s*/g, ' ').trim();

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The timestamp of a record can be any number that a producer sends; -1 stands for none. */
export function recordTime(timestamp: number): string {
  const date = new Date(timestamp);
  return timestamp < 0 || Number.isNaN(date.getTime()) ? '(no time)' : date.toISOString();
}
