import type { DeadLetter, KafkaRecord } from '../orders/command.ts';
import type { StoredOrder } from '../orders/order.ts';
import type { OutboxEntry } from '../outbox/outbox-entry.ts';

/** A call to the receiver, leased to one worker. No other worker makes this call until the lease ends. */
export interface Attempt {
  readonly order: StoredOrder;
  /** UUID. A result is written only while this lease is held. */
  readonly leaseToken: string;
  /** Milliseconds since the epoch. After this time, another worker may claim the attempt. */
  readonly leasedUntil: number;
  /** Calls for this order, including this one. */
  readonly attempts: number;
  /** The calls before the last retry command, included in `attempts`. */
  readonly retriedAfter: number;
  /** Milliseconds since the epoch: the start of the wait for an outcome. */
  readonly waitingSince: number;
  /** The record that created the order. */
  readonly record: KafkaRecord;
}

/** The result of a call. Reasons are sanitized. */
export type CallResult =
  | { readonly kind: 'fulfilled' }
  | { readonly kind: 'rejected'; readonly reason: string }
  /** The outcome is unknown: call again. */
  | { readonly kind: 'retryable'; readonly reason: string };

export interface CalledAttempt {
  readonly attempt: Attempt;
  readonly result: CallResult;
}

/** The effects of a group of results in the database. */
export interface WrittenResults {
  readonly completed: number;
  /** Rejected by the receiver, or attempts exhausted. */
  readonly failed: number;
  /** To be called again. */
  readonly postponed: number;
  /** The reason of the last postponed call. */
  readonly postponedReason?: string | undefined;
  /** Not written, because the lease ended and another worker has the attempt. */
  readonly leaseLost: number;
  /** The letters of orders whose attempts are exhausted. */
  readonly deadLetters: readonly DeadLetter[];
  /** The committed entries to publish. */
  readonly outbox: readonly OutboxEntry[];
}

/** The result of a run of calls. */
export interface CallSummary extends Omit<WrittenResults, 'deadLetters' | 'outbox'> {
  readonly called: number;
  /** Claimed, then released without a call. */
  readonly released: number;
}

export const noCalls: CallSummary = {
  called: 0,
  released: 0,
  completed: 0,
  failed: 0,
  postponed: 0,
  leaseLost: 0,
};

export function sum(summary: CallSummary, more: Partial<CallSummary>): CallSummary {
  return {
    called: summary.called + (more.called ?? 0),
    released: summary.released + (more.released ?? 0),
    completed: summary.completed + (more.completed ?? 0),
    failed: summary.failed + (more.failed ?? 0),
    postponed: summary.postponed + (more.postponed ?? 0),
    postponedReason: more.postponedReason ?? summary.postponedReason,
    leaseLost: summary.leaseLost + (more.leaseLost ?? 0),
  };
}
