/** Milliseconds, rounded to a tenth; `null` without measurements. */
export interface Percentiles {
  readonly count: number;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

/** Returns percentiles by the nearest-rank method: each one is a measured value. */
export function percentiles(valuesMs: readonly number[]): Percentiles {
  const sorted = Float64Array.from(valuesMs).sort();
  const rank = (percent: number): number | null => {
    const value = sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)];
    return value === undefined ? null : Math.round(value * 10) / 10;
  };
  return { count: sorted.length, p50: rank(50), p90: rank(90), p99: rank(99), max: rank(100) };
}
