import { type EventRecord, placeOf } from './kafka-event.ts';

/** The synchronous invocation limit of Lambda, which a batch's event must not exceed. */
export const EVENT_LIMIT_BYTES = 6 * 1024 * 1024;

/** A record that waits for its batch: already in the event's form, so that its size is exact. */
export interface WaitingRecord extends EventRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  /** Of its JSON. */
  readonly bytes: number;
  readonly sinceMs: number;
}

export interface BatchLimits {
  readonly records: number;
  /** For what the event holds around the braces of an event without records. */
  readonly bytes: number;
}

export interface BatchPlan {
  /** How many of each partition's waiting records belong to the next batch, from the first on. */
  readonly lengths: readonly number[];
  /** Whether more records could not make the batch longer, so that there is nothing to wait for. */
  readonly full: boolean;
}

/**
 * Plans the next batch: the longest run of waiting records within both limits, partition after partition. A record
 * that alone exceeds the bytes is a batch of its own, so there is always progress.
 */
export function planBatch(partitions: readonly (readonly WaitingRecord[])[], limits: BatchLimits): BatchPlan {
  const lengths = partitions.map(() => 0);
  let total = 0;
  let bytes = 0;
  for (const [index, waiting] of partitions.entries()) {
    for (const [position, record] of waiting.entries()) {
      const comma = total === 0 ? 0 : 1;
      const needed = comma + record.bytes + (position === 0 ? placeBytes(record) : 0);
      if (total > 0 && bytes + needed > limits.bytes) {
        return { lengths, full: true };
      }
      bytes += needed;
      total += 1;
      lengths[index] = position + 1;
      if (total >= limits.records || bytes >= limits.bytes) {
        return { lengths, full: true };
      }
    }
  }
  return { lengths, full: false };
}

const placeBytes = ({ topic, partition }: WaitingRecord): number =>
  Buffer.byteLength(`${JSON.stringify(placeOf(topic, partition))}:[]`);
