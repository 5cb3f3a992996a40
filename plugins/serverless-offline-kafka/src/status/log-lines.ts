import type { Batch } from '../delivery/partition-delivery.ts';
import { messageOf } from '../errors.ts';

/** `orders-3 → processOrders: offsets 120–219, 100 records, 61 kB, 14 ms: succeeded` */
export function attemptLine(place: string, batch: Batch, durationMs: number, outcome: string): string {
  const { firstOffset, lastOffset, records, bytes } = batch;
  return [
    place,
    `${range('offset', firstOffset, lastOffset)}, ${records} record${records === 1 ? '' : 's'}, ` +
      `${(bytes / 1_000).toFixed(bytes < 10_000 ? 1 : 0)} kB, ${durationMs.toFixed(0)} ms`,
    outcome,
  ].join(': ');
}

export function failureOutcome(error: unknown, retryInMs: number | undefined): string {
  const next = retryInMs === undefined ? 'not retried here' : `next attempt in ${retryInMs / 1_000} s`;
  return `failed (${messageOf(error)}), ${next}; the offsets stay`;
}

/** `0–5`, or `0, 2, 4` where there are gaps. */
export function partitionList(partitions: readonly number[]): string {
  const sorted = partitions.toSorted((a, b) => a - b);
  const [first, last] = [sorted.at(0), sorted.at(-1)];
  if (first === undefined || last === undefined) {
    return 'no partitions';
  }
  if (last - first === sorted.length - 1) {
    return range('partition', first, last);
  }
  return `partitions ${sorted.join(', ')}`;
}

const range = (noun: string, first: number, last: number): string =>
  first === last ? `${noun} ${first}` : `${noun}s ${first}–${last}`;
