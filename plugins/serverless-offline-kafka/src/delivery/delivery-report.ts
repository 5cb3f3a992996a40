import type { DiscardedBatch } from '../destination/failure-destination.ts';
import type { WaitingRecord } from './batching.ts';

/** One attempt to deliver records, for the log. */
export interface Attempt {
  readonly records: readonly WaitingRecord[];
  /** The size of the event. */
  readonly bytes: number;
  readonly durationMs: number;
  readonly outcome: AttemptOutcome;
}

export type AttemptOutcome =
  /** `isCommitted` is false if no partition of the batch is still assigned. */
  | { readonly type: 'succeeded'; readonly isCommitted: boolean }
  | {
      readonly type: 'failed';
      readonly error?: unknown;
      readonly failedRecords: number;
      readonly next: NextStep;
    }
  /** Lambda cannot deliver the record, and the mapping has no destination. The partition waits. */
  | { readonly type: 'too-large'; readonly inMs: number };

/** The step after a failed attempt. */
export type NextStep =
  | { readonly type: 'retry'; readonly inMs: number }
  | { readonly type: 'split'; readonly inMs: number }
  | { readonly type: 'discard' }
  /** The mapping has stopped, or the partition is revoked. */
  | { readonly type: 'none' };

/** Records that are not retried any more. */
export interface FailedRecords {
  readonly records: readonly WaitingRecord[];
  readonly condition: DiscardedBatch['condition'];
  /** The id of the last invocation; undefined if there was none. */
  readonly requestId: string | undefined;
  readonly invokeCount: number;
}
