/** The maximum number of calls that one invocation has in flight. */
export const CONCURRENT_CALLS = 50;

/** How long the receiver may take to respond. */
export const CALL_TIMEOUT_MS = 10_000;

/** How long an attempt belongs to its worker. After that, another worker may claim it. */
export const LEASE_MS = 30_000;

/**
 * The part of a lease that remains after the call: time to write the result, and a tolerance for clock differences.
 */
export const LEASE_MARGIN_MS = 10_000;

/** How long an order may delay the others of its batch. */
const BATCH_BUDGET_MS = 2_000;
/** A call that starts later has little time left for a response. */
const BATCH_CALLS_BEGIN_WITHIN_MS = 1_500;

/** Runs of `retry-orders` start every minute. A run ends before the next one starts. */
const RETRY_CALLS_BEGIN_WITHIN_MS = 50_000;
/**
 * Time to write the last results. One group may still be written and published while the next one waits: 15 s and
 * about 10 s for each of the two.
 */
const FINISH_RESERVE_MS = 55_000;

/** The limits of one run. Times are milliseconds since the epoch. */
export interface CallLimits {
  readonly concurrency: number;
  readonly callTimeoutMs: number;
  /** No call starts after this time. */
  readonly beginUntil: number;
  /** A call without a response is aborted at this time. */
  readonly abortAt: number;
}

/** Returns the limits for a batch of status events, which must not block its partition. */
export function batchLimits(now: number): CallLimits {
  return {
    concurrency: CONCURRENT_CALLS,
    callTimeoutMs: CALL_TIMEOUT_MS,
    beginUntil: now + BATCH_CALLS_BEGIN_WITHIN_MS,
    abortAt: now + BATCH_BUDGET_MS,
  };
}

/** Returns the limits for a run with this much time left. Every call may take its full time. */
export function retryLimits(now: number, timeLeftMs: number): CallLimits {
  const longestMs = timeLeftMs - FINISH_RESERVE_MS - CALL_TIMEOUT_MS;
  const beginUntil = now + Math.min(RETRY_CALLS_BEGIN_WITHIN_MS, longestMs);
  return {
    concurrency: CONCURRENT_CALLS,
    callTimeoutMs: CALL_TIMEOUT_MS,
    beginUntil,
    abortAt: beginUntil + CALL_TIMEOUT_MS,
  };
}

const FIRST_BACK_OFF_MS = 2_000;
const MAX_BACK_OFF_MS = 15 * 60_000;

/**
 * Returns how long to wait after this many failed calls. Exponential back-off with full jitter spreads the retries
 * of orders that failed together. See https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backOffMs(failedCalls: number, random: () => number): number {
  const pauseMs = FIRST_BACK_OFF_MS * 2 ** (failedCalls - 1);
  return Math.round(random() * Math.min(pauseMs, MAX_BACK_OFF_MS));
}
