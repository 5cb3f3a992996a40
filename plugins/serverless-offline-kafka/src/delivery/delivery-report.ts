/** How one attempt to deliver records ended, for the line that tells it. */
export type AttemptOutcome =
  /** `kept` says whether a partition of it is still ours, so that the success is committed. */
  | { readonly type: 'succeeded'; readonly kept: boolean }
  | { readonly type: 'failed'; readonly error?: unknown; readonly failedRecords: number; readonly next: Next }
  /** Nowhere to send a record that Lambda could not deliver: its partition waits. */
  | { readonly type: 'too-large'; readonly inMs: number };

/** What comes after an attempt that failed. */
export type Next =
  | { readonly type: 'retry'; readonly inMs: number }
  | { readonly type: 'split'; readonly inMs: number }
  | { readonly type: 'give-up' }
  /** Stopped, or the partition is lost. */
  | { readonly type: 'none' };
