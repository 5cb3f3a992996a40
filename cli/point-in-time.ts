import { iso8601Ms } from '../lib/time/time-text.ts';

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The forms that `readPointInTime` accepts, for error messages. */
export const pointInTimeForms = 'a time like 2026-11-01T10:00:00Z, or an age like 15m, 2h or 3d';

/** Returns milliseconds since the epoch, or `undefined` for any other text. */
export function readPointInTime(text: string, nowMs: number): number | undefined {
  const [, amount, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (amount !== undefined && unit !== undefined) {
    return Math.max(0, nowMs - Number(amount) * (UNITS_MS[unit] ?? 0));
  }
  // A time without an offset is ambiguous: it may mean local time.
  const timestamp = /(Z|[+-]\d\d:?\d\d)$/i.test(text) ? iso8601Ms(text) : Number.NaN;
  return Number.isNaN(timestamp) ? undefined : timestamp;
}
