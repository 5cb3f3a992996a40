const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 15 * 60_000;

/**
 * How long to wait after this many calls in vain. Exponential with full jitter: anything from nothing to the whole
 * pause, so that orders that failed together do not come back together.
 * See https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backOffMs(callsInVain: number, random: () => number): number {
  const pauseMs = FIRST_PAUSE_MS * 2 ** (callsInVain - 1);
  return Math.round(random() * Math.min(pauseMs, LONGEST_PAUSE_MS));
}
