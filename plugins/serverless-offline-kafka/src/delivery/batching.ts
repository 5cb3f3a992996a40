/** The synchronous invocation limit of Lambda, which a batch's event must not exceed. */
export const EVENT_LIMIT_BYTES = 6 * 1024 * 1024;

/** A record that waits for its batch: already in the event's form, so that its size is exact. */
export interface WaitingRecord {
  readonly offset: number;
  readonly json: string;
  readonly bytes: number;
  readonly sinceMs: number;
}

export interface BatchLimits {
  readonly records: number;
  /** For the records and the commas between them. */
  readonly bytes: number;
}

export interface BatchPlan {
  /** How many of the waiting records belong to the next batch, from the first on. */
  readonly length: number;
  /** Whether more records could not make the batch longer, so that there is nothing to wait for. */
  readonly full: boolean;
}

/**
 * Plans the next batch: the longest run of waiting records within both limits. A record that alone exceeds
 * the bytes is a batch of its own, so there is always progress.
 */
export function planBatch(waiting: readonly WaitingRecord[], limits: BatchLimits): BatchPlan {
  let length = 0;
  let bytes = 0;
  for (const record of waiting) {
    const comma = length === 0 ? 0 : 1;
    if (length > 0 && bytes + comma + record.bytes > limits.bytes) {
      return { length, full: true };
    }
    bytes += comma + record.bytes;
    length += 1;
    if (length >= limits.records || bytes >= limits.bytes) {
      return { length, full: true };
    }
  }
  return { length, full: false };
}
