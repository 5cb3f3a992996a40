let latest = { ms: Number.NaN, text: '' };

/**
 * Milliseconds as PostgreSQL reads a timestamptz. Times of a batch are mostly one and the same, and to write one out
 * costs as much as to read an order's JSON.
 */
export function toTimestamp(ms: number): string {
  if (ms !== latest.ms) {
    latest = { ms, text: new Date(ms).toISOString() };
  }
  return latest.text;
}
