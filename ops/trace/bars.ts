import type { TimeRange, TimeScale } from './time-scale.ts';

/** Blocks that fill 1/8 to 7/8 of a column from its left edge. */
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** Returns the bar of a time range: its end is exact to 1/8 column, its start to one column. It has at least 1/8. */
export function bar(range: TimeRange, scale: TimeScale): string {
  const { column, eighths } = position(range, scale);
  return `${' '.repeat(column)}${'█'.repeat(eighths >> 3)}${EIGHTHS[eighths & 7] ?? ''}`;
}

/** Returns a bar of whole columns, for folded spans or a folded wait. */
export function patternBar(pattern: '░' | '┄', range: TimeRange, scale: TimeScale): string {
  const { column, eighths } = position(range, scale);
  return `${' '.repeat(column)}${pattern.repeat(Math.ceil(eighths / 8))}`;
}

function position(
  { startMs, endMs }: TimeRange,
  { columns, at }: TimeScale,
): { readonly column: number; readonly eighths: number } {
  const column = Math.min(columns - 1, Math.floor(at(startMs)));
  const end = Math.min(columns * 8, Math.round(at(endMs) * 8));
  return { column, eighths: Math.max(1, end - column * 8) };
}
