import { median } from '../median.ts';

/** A figure of several rounds. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export const spreadOf = (values: readonly number[]): Spread => ({
  median: median(values),
  min: Math.min(...values),
  max: Math.max(...values),
});

/** Returns the ratios within each round: a machine's speed changes less within a round than between rounds. */
export const ratiosOf = (ours: readonly number[], theirs: readonly number[]): Spread =>
  spreadOf(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)));

/** Returns `1.42 × (1.31–1.50)`. */
export const ratioText = ({ median: middle, min, max }: Spread): string =>
  `${middle.toFixed(2)} × (${min.toFixed(2)}–${max.toFixed(2)})`;

/** Returns the median and the range, as in `1,520 (1,480–1,611)`. */
export function spreadText({ median: middle, min, max }: Spread, digits = 0): string {
  const text = (value: number): string =>
    value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return `${text(middle)} (${text(min)}–${text(max)})`;
}
