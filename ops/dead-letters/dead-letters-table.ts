import { isUtf8 } from 'node:buffer';
import { printable, readable } from '../../cli/printable.ts';
import type { DeadLetterSummary } from '../../lib/dead-letters/dead-letter.ts';

/** A heading and one row per letter. */
export type Table = readonly (readonly string[])[];

const HEADING = ['ID', 'STATE', 'REJECTIONS', 'CODE', 'CHANGED', 'RECORD', 'KEY', 'MESSAGE'];

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

/** Returns tab-separated lines. Cells contain no control characters, so a tab is always a separator. */
export const tabSeparated = (table: Table): string[] => table.map((row) => row.join('\t'));

const MAX_KEY_CHARACTERS = 40;

/** Returns lines with aligned columns, each at most `width` characters. */
export function aligned(table: Table, width: number): string[] {
  const short = table.map((row) =>
    row.map((cell, column) => (column === 6 ? cut(cell, MAX_KEY_CHARACTERS) : cell)),
  );
  const widths = HEADING.map((_, column) => Math.max(...short.map((row) => row[column]?.length ?? 0)));
  return short.map((row) => {
    const line = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
    return cut(line.trimEnd(), width);
  });
}

const cut = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 1).toWellFormed()}…` : text;

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
