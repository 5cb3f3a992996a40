import { runOutsideTrace } from '../observability/traces/current-trace.ts';
import type { Clock } from '../time/clock.ts';

/**
 * Returns a function that calls `read` if its last result is older than `maxAgeMs`. Concurrent callers share one call, which
 * belongs to the trace of none. A rejection is passed on and not kept.
 */
export function shareReads<Result>(
  read: () => Promise<Result>,
  maxAgeMs: number,
  clock: Clock,
): () => Promise<Result> {
  let shared: Promise<Result> | undefined;
  /** Undefined while the call runs. */
  let readAt: number | undefined;
  /** A time in the future means that the clock was set back: the age is unknown. */
  const isExpired = (): boolean => readAt !== undefined && (clock() < readAt || clock() - readAt >= maxAgeMs);
  return () => {
    if (shared === undefined || isExpired()) {
      readAt = undefined;
      shared = runOutsideTrace(read);
      shared.then(
        () => {
          readAt = clock();
        },
        () => {
          shared = undefined;
        },
      );
    }
    return shared;
  };
}
