import { type EncodedRecord, partitionKey } from './kafka-event.ts';

/** Lambda's limit for the payload of a synchronous invocation. */
export const EVENT_LIMIT_BYTES = 6 * 1024 * 1024;

/** A record that waits for its batch. */
export interface WaitingRecord extends EncodedRecord {
  readonly sinceMs: number;
}

export interface BatchLimits {
  readonly records: number;
  /** The limit for the records: the payload limit minus the size of an event without records. */
  readonly bytes: number;
}

export interface BatchPlan {
  /** The number of records that the next batch takes from the front of each partition's queue. */
  readonly lengths: readonly number[];
  /** True if the batch has reached a limit. */
  readonly full: boolean;
}

/**
 * Plans the next batch: the largest number of waiting records within both limits, partition after partition. A record that
 * exceeds the limit of bytes is a batch of its own, so that delivery always makes progress.
 */
export function planBatch(partitions: readonly (readonly WaitingRecord[])[], limits: BatchLimits): BatchPlan {
  const lengths = partitions.map(() => 0);
  let total = 0;
  let bytes = 0;
  for (const [index, waiting] of partitions.entries()) {
    for (const [position, record] of waiting.entries()) {
      const comma = total === 0 ? 0 : 1;
      const needed = comma + record.bytes + (position === 0 ? partitionKeyBytes(record) : 0);
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

/** Returns the size of records in the JSON of their event. */
export function recordsBytes(records: readonly WaitingRecord[]): number {
  const partitions = new Set<number>();
  let bytes = Math.max(records.length - 1, 0); // commas
  for (const record of records) {
    bytes += record.bytes + (partitions.has(record.partition) ? 0 : partitionKeyBytes(record));
    partitions.add(record.partition);
  }
  return bytes;
}

const partitionKeyBytes = ({ topic, partition }: WaitingRecord): number =>
  Buffer.byteLength(`${JSON.stringify(partitionKey(topic, partition))}:[]`);
