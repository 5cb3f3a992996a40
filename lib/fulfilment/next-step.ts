import { sanitizeMessage } from '../errors/orderly-error.ts';
import type { DeadLetter } from '../orders/command.ts';
import type { StoredOrder } from '../orders/order.ts';
import type { HistoryEntry, HistoryEventType } from '../orders/transition.ts';
import type { Attempt, CalledAttempt } from './attempt.ts';
import { backOffMs } from './limits.ts';

/** A receiver that is unavailable overnight must not fail an order. */
const EXHAUSTED_AFTER_MS = 24 * 60 * 60_000;
/** Nor must an outage of our own, after which orders are old but were hardly called for. */
const EXHAUSTED_AFTER_CALLS = 10;

/** The order does not change. Its next call falls due later. */
export interface Postponement {
  readonly kind: 'postponed';
  readonly attempt: Attempt;
  /** Milliseconds since the epoch. */
  readonly dueAt: number;
  readonly reason: string;
}

/** The order reaches its end state. */
export interface Settlement {
  readonly kind: 'settled';
  readonly attempt: Attempt;
  readonly eventType: HistoryEventType;
  readonly statusReason: string | null;
  /** Present if the attempts are exhausted. The attempts are kept, because an operator may retry the order. */
  readonly deadLetter?: DeadLetter;
}

/** Returns the effect of a call result. Pure: `random` returns numbers from 0 to 1. */
export function nextStep(
  { attempt, result }: CalledAttempt,
  now: number,
  random: () => number,
): Postponement | Settlement {
  switch (result.kind) {
    case 'fulfilled':
      return { kind: 'settled', attempt, eventType: 'order.fulfilled', statusReason: null };
    case 'rejected':
      return { kind: 'settled', attempt, eventType: 'order.fulfilment_refused', statusReason: result.reason };
    case 'retryable':
      return afterNoOutcome(attempt, result.reason, now, random);
  }
}

function afterNoOutcome(
  attempt: Attempt,
  reason: string,
  now: number,
  random: () => number,
): Postponement | Settlement {
  const calls = attempt.attempts - attempt.retriedAfter;
  const waitedMs = now - attempt.waitingSince;
  if (waitedMs <= EXHAUSTED_AFTER_MS || calls < EXHAUSTED_AFTER_CALLS) {
    return { kind: 'postponed', attempt, dueAt: now + backOffMs(calls, random), reason };
  }
  const hours = Math.floor(waitedMs / 3_600_000);
  const message = sanitizeMessage(
    `no outcome after ${calls} calls in ${hours} hours; the last result: ${reason}`,
  );
  return {
    kind: 'settled',
    attempt,
    eventType: 'order.attempts_exhausted',
    statusReason: sanitizeMessage(`attempts_exhausted: ${message}`),
    deadLetter: { code: 'attempts_exhausted', message, record: attempt.record },
  };
}

/** Returns the order in its end state and the history entry, whose event id is the lease token of the attempt. */
export function settleOrder(
  stored: StoredOrder,
  { attempt, eventType, statusReason }: Settlement,
  now: number,
): { order: StoredOrder; history: HistoryEntry } {
  const order: StoredOrder = {
    ...stored,
    status: eventType === 'order.fulfilled' ? 'COMPLETED' : 'FAILED',
    statusReason,
    version: stored.version + 1,
    updatedAt: Math.max(now, stored.updatedAt), // clocks of two processes differ
  };
  const { orderId, version, status, updatedAt: at } = order;
  const eventId = attempt.leaseToken;
  return { order, history: { orderId, eventId, eventType, version, status, statusReason, at } };
}
