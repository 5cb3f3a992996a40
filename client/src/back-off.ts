export interface RetryPolicy {
  readonly attempts: number;
  readonly baseMs: number;
  readonly maxPauseMs: number;
}

/** A longer `Retry-After` counts as this. */
const LONGEST_RETRY_AFTER_MS = 60_000;

/**
 * Returns the pause after a failed attempt; the first attempt is 1. The back-off is exponential with full jitter, so
 * that clients that failed together do not return together. `random` is between 0 and 1.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function pauseAfter(
  attempt: number,
  { baseMs, maxPauseMs }: RetryPolicy,
  retryAfterMs: number | undefined,
  random: number,
): number {
  return (retryAfterMs ?? 0) + random * Math.min(maxPauseMs, baseMs * 2 ** (attempt - 1));
}

/**
 * Reads a `Retry-After` header: seconds, or an HTTP date. Returns `undefined` for anything else.
 * https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  const text = header?.trim() ?? '';
  const ms = /^\d+$/.test(text)
    ? Number(text) * 1_000
    : /^[A-Za-z]{3}/.test(text)
      ? Date.parse(text) - nowMs
      : Number.NaN;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_RETRY_AFTER_MS);
}
