/** Prices and totals are integer cents in the code, and JSON numbers with at most two decimals on the wire. */

export const MAX_PRICE_CENTS = 100_000_000_00;

/** A total stays below 10^13 currency units: 15 significant digits, which a JSON number represents exactly. */
export const TOTAL_CENTS_LIMIT = 10 ** 15;

/**
 * Returns the cents of an amount with at most two decimals, else `undefined`. The result is exact: `cents / 100` is
 * correctly rounded, so it equals the double of the decimal text.
 */
export function toCents(amount: number): number | undefined {
  const cents = Math.round(amount * 100);
  return Number.isSafeInteger(cents) && cents / 100 === amount ? cents : undefined;
}

/**
 * Returns the cents of an amount that another program computed with binary floats: 59.970000000000006 is 59.97. It
 * never rounds a real third decimal: 0.001 gives `undefined`.
 */
export function toCentsDespiteFloatNoise(amount: number): number | undefined {
  const cents = Math.round(amount * 100);
  const noise = Math.abs(amount * 100 - cents);
  return Number.isSafeInteger(cents) && noise < 0.0001 ? cents : undefined;
}

export const fromCents = (cents: number): number => cents / 100;
