import { cutText, padText, textWidth } from './text-width.ts';

/** A heading and rows of cells without control characters. */
export type Table = readonly (readonly string[])[];

/** Returns tab-separated lines. */
export const tabSeparated = (table: Table): string[] => table.map((row) => row.join('\t'));

/** Returns lines with aligned columns, each line at most `width` columns wide. */
export function aligned(table: Table, width: number): string[] {
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => textWidth(row[column] ?? ''))),
  );
  return table.map((row) => {
    const line = row.map((cell, column) => padText(cell, widths[column] ?? 0)).join('  ');
    return cutText(line.trimEnd(), width);
  });
}
