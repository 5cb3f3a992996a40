import type { Sample } from './load-result.ts';

/** Longer than the recovery of Kafka or PostgreSQL. */
const STALLED_AFTER_SECONDS = 30;

/**
 * Returns whether to stop waiting for orders to be stored, from samples after the last answer. True if the consumer
 * group has committed everything, if every order is stored, or after 30 s without progress.
 */
export function isDrained(samples: readonly Sample[]): boolean {
  const latest = samples.at(-1);
  if (latest === undefined) {
    return false;
  }
  const isStored = latest.errors === 0 && latest.stored !== null && latest.stored >= latest.acknowledged;
  return latest.lag === 0 || isStored || isStalled(samples, latest);
}

/** Other producers may use the topic, so the lag also grows: only a new minimum is progress. */
function isStalled(samples: readonly Sample[], latest: Sample): boolean {
  const before = samples.filter(({ second }) => second <= latest.second - STALLED_AFTER_SECONDS);
  return (
    before.length > 0 && mostStored(samples) === mostStored(before) && leastLag(samples) === leastLag(before)
  );
}

const mostStored = (samples: readonly Sample[]): number =>
  Math.max(...samples.map(({ stored }) => stored ?? 0));

const leastLag = (samples: readonly Sample[]): number =>
  Math.min(...samples.map(({ lag }) => lag ?? Number.POSITIVE_INFINITY));
