/** Prices and totals are integer cents inside; on the wire they are JSON numbers with at most two decimals. */

export const MAX_PRICE_CENTS = 100_000_000_00;

/** A total stays below 10^13 in currency units: 15 significant digits, which a JSON number carries exactly. */
export const TOTAL_CENTS_LIMIT = 10 ** 15;

/**
 * Cents of an amount that has at most two decimals, else `undefined`. Exact: `cents / 100` is correctly
 * rounded, so it gives back the very double that the decimal text was parsed to.
 */
export function toCents(amount: number): number | undefined {
  const cents = Math.round(amount * 100);
  return Number.isSafeInteger(cents) && cents / 100 === amount ? cents : undefined;
}

/**
 * Cents of an amount that another program computed with binary floats: 59.970000000000006 is 59.97. A true
 * third decimal is never rounded away: 0.001 gives `undefined`.
 */
export function toCentsDespiteFloatNoise(amount: number): number | undefined {
  const cents = Math.round(amount * 100);
  const noise = Math.abs(amount * 100 - cents);
  return Number.isSafeInteger(cents) && noise < 0.0001 ? cents : undefined;
}

export const fromCents = (cents: number): number => cents / 100;
