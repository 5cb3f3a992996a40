import type { Sample } from './load-result.ts';

/** Longer than Kafka or PostgreSQL need to come back. */
const STALLED_AFTER_SECONDS = 30;

/**
 * Whether waiting for the orders to be stored is over; the samples were taken after the last answer. True
 * when the consumer group has committed everything, when every order is stored, or when there was no progress
 * for 30 s.
 */
export function isDrained(samples: readonly Sample[]): boolean {
  const latest = samples.at(-1);
  if (latest === undefined) {
    return false;
  }
  const isStored = latest.errors === 0 && latest.stored !== null && latest.stored >= latest.acknowledged;
  return latest.lag === 0 || isStored || isStalled(samples, latest);
}

/** Others may use the topic too, so that the lag goes up and down: only its lowest so far is progress. */
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
