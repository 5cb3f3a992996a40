import type { DeadLetter, KafkaRecord } from '../orders/command.ts';
import type { StoredOrder } from '../orders/order.ts';
import type { OutboxEntry } from '../outbox/outbox-entry.ts';

/** A call to the receiver that one worker has taken on, and nobody else makes until the lease ends. */
export interface Attempt {
  readonly order: StoredOrder;
  /** UUID. Whoever writes what came of the call must still hold it. */
  readonly leaseToken: string;
  /** Milliseconds since the epoch: from then on others may take it. */
  readonly leasedUntil: number;
  /** Calls begun for this order, this one included. */
  readonly attempts: number;
  /** Of these, the calls before it was last asked to try again. */
  readonly retriedAfter: number;
  /** Milliseconds since the epoch: since when the order has been waiting for an answer. */
  readonly waitingSince: number;
  /** The record that created the order. */
  readonly record: KafkaRecord;
}

/** What came of a call. Reasons are cleaned. */
export type CallResult =
  | { readonly kind: 'fulfilled' }
  | { readonly kind: 'rejected'; readonly reason: string }
  /** Nothing is known, or the receiver asks for patience: call again. */
  | { readonly kind: 'retryable'; readonly reason: string };

export interface CalledAttempt {
  readonly attempt: Attempt;
  readonly result: CallResult;
}

/** What a group of results has become in the database. */
export interface WrittenResults {
  readonly completed: number;
  /** Refused by the receiver, or given up. */
  readonly failed: number;
  /** Will be called again. */
  readonly postponed: number;
  /** Of the last one of those. */
  readonly postponedReason?: string | undefined;
  /** Not written, because the lease had ended and somebody else has the attempt. */
  readonly leaseLost: number;
  /** Of those given up. */
  readonly deadLetters: readonly DeadLetter[];
  /** What is to be published now that it is committed. */
  readonly outbox: readonly OutboxEntry[];
}

/** What a run of calls did. */
export interface CallSummary extends Omit<WrittenResults, 'outbox'> {
  readonly called: number;
  /** Taken, but given back without a call. */
  readonly released: number;
  readonly deadLetters: readonly DeadLetter[];
}

export const noCalls: CallSummary = {
  called: 0,
  released: 0,
  completed: 0,
  failed: 0,
  postponed: 0,
  leaseLost: 0,
  deadLetters: [],
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
    deadLetters: [...summary.deadLetters, ...(more.deadLetters ?? [])],
  };
}
