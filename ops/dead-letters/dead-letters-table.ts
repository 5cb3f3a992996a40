import { isUtf8 } from 'node:buffer';
import { printable, readable } from '../../cli/printable.ts';
import type { Table } from '../../cli/table.ts';
import { cutText } from '../../cli/text-width.ts';
import type { DeadLetterSummary } from '../../lib/dead-letters/dead-letter.ts';

const HEADING = ['ID', 'STATE', 'REJECTIONS', 'CODE', 'CHANGED', 'RECORD', 'KEY', 'MESSAGE'];

/** Returns a heading and one row per letter. */
export function letterTable(letters: readonly DeadLetterSummary[]): Table {
  return [
    HEADING,
    ...letters.map((letter) => [
      letter.id,
      letter.state,
      `${letter.refusals}`,
      letter.code,
      new Date(letter.changedAt).toISOString(),
      `${letter.topic}/${letter.partition}@${letter.offset}`,
      keyText(letter),
      printable(letter.message),
    ]),
  ];
}

const MAX_KEY_COLUMNS = 40;

/** Returns the table with truncated keys, for a terminal. */
export const withShortKeys = (table: Table): Table =>
  table.map((row) =>
    row.map((cell, column) => (HEADING[column] === 'KEY' ? cutText(cell, MAX_KEY_COLUMNS) : cell)),
  );

function keyText({ keyStart, keyBytes }: DeadLetterSummary): string {
  if (keyStart === null || keyBytes === null) {
    return '(no key)';
  }
  const isWhole = keyStart.length === keyBytes;
  return isWhole ? readable(keyStart) : `${readable(wholeCharacters(keyStart))}… (${keyBytes} bytes)`;
}

/** Returns truncated text without an incomplete character at its end. */
function wholeCharacters(bytes: Buffer): Buffer {
  const starts = [0, 1, 2, 3].map((left) => bytes.subarray(0, bytes.length - left));
  return starts.find((start) => isUtf8(start)) ?? bytes;
}
