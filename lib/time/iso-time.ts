let latest = { ms: Number.NaN, text: '' };

/**
 * Milliseconds since the epoch as an ISO 8601 time in UTC. The times in a batch are mostly one and the same, and to write
 * one out costs as much as to parse an order's JSON.
 */
export function isoTime(ms: number): string {
  if (ms !== latest.ms) {
    latest = { ms, text: new Date(ms).toISOString() };
  }
  return latest.text;
}
