/** Calls that one invocation has in flight. A receiver sees at most this many from each of them. */
export const CONCURRENT_CALLS = 50;

/** How long a receiver may take to answer. */
export const CALL_TIMEOUT_MS = 10_000;

/** How long an attempt belongs to the worker that took it; then that one is taken for dead. */
export const LEASE_MS = 30_000;

/** What a lease must have beyond the call: to write what came of it, with clocks that differ. */
export const LEASE_MARGIN_MS = 10_000;

/** What an order may cost the others of its batch. */
const BATCH_BUDGET_MS = 2_000;
/** A call that is begun later than this in the budget would hardly be answered. */
const BATCH_CALLS_BEGIN_WITHIN_MS = 1_500;

/** Runs of `retry-orders` begin every minute; this one ends before the next. */
const RETRY_CALLS_BEGIN_WITHIN_MS = 50_000;
/** For the last results: one group may still be written and announced when the next one gathers, 15 and some 10 s each. */
const FINISH_RESERVE_MS = 55_000;

/** How one run calls; times are milliseconds since the epoch. */
export interface CallLimits {
  readonly concurrency: number;
  readonly callTimeoutMs: number;
  /** No call begins from then on. */
  readonly beginUntil: number;
  /** What is not answered by then is aborted. */
  readonly abortAt: number;
}

/** For a batch of status events, whose successors in the partition wait. */
export function batchLimits(now: number): CallLimits {
  return {
    concurrency: CONCURRENT_CALLS,
    callTimeoutMs: CALL_TIMEOUT_MS,
    beginUntil: now + BATCH_CALLS_BEGIN_WITHIN_MS,
    abortAt: now + BATCH_BUDGET_MS,
  };
}

/** For a run that has this much time left: every call may take its full time. */
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
 * How long to wait after this many calls in vain. Exponential with full jitter: anything from nothing to the whole
 * pause, so that orders that failed together do not come back together.
 * See https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backOffMs(failedCalls: number, random: () => number): number {
  const pauseMs = FIRST_BACK_OFF_MS * 2 ** (failedCalls - 1);
  return Math.round(random() * Math.min(pauseMs, MAX_BACK_OFF_MS));
}
