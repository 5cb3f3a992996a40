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
  | { readonly kind: 'refused'; readonly reason: string }
  /** Nothing is known, or the receiver asks for patience: call again. */
  | { readonly kind: 'unanswered'; readonly why: string };

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
  readonly postponedBecause?: string | undefined;
  /** Not written, because the lease had ended and somebody else has the attempt. */
  readonly overtaken: number;
  /** Of those given up. */
  readonly deadLetters: readonly DeadLetter[];
  /** What is to be published now that it is committed. */
  readonly outbox: readonly OutboxEntry[];
}
