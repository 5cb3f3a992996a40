import { sanitizeMessage } from '../errors/orderly-error.ts';
import type { DeadLetter } from '../orders/command.ts';
import type { StoredOrder } from '../orders/order.ts';
import type { HistoryEntry, HistoryEventType } from '../orders/transition.ts';
import type { Attempt, CalledAttempt } from './attempt.ts';
import { backOffMs } from './limits.ts';

/** A receiver that is away over night costs no order. */
const GIVEN_UP_AFTER_MS = 24 * 60 * 60_000;
/** Nor does an outage of ours, after which orders are old although hardly anybody was called for them. */
const GIVEN_UP_AFTER_CALLS = 10;

/** The order stays as it is, and its next call falls due. */
export interface Postponement {
  readonly kind: 'postponed';
  readonly attempt: Attempt;
  /** Milliseconds since the epoch. */
  readonly dueAt: number;
  readonly reason: string;
}

/** The order gets its end state. */
export interface Settlement {
  readonly kind: 'settled';
  readonly attempt: Attempt;
  readonly eventType: HistoryEventType;
  readonly statusReason: string | null;
  /** Only of an order that is given up. Somebody may ask to try it again: what is known of its attempts is kept. */
  readonly deadLetter?: DeadLetter;
}

/** What follows from a call. Pure: `random` gives numbers from 0 to 1. */
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
  if (waitedMs <= GIVEN_UP_AFTER_MS || calls < GIVEN_UP_AFTER_CALLS) {
    return { kind: 'postponed', attempt, dueAt: now + backOffMs(calls, random), reason };
  }
  const hours = Math.floor(waitedMs / 3_600_000);
  const message = sanitizeMessage(
    `no outcome after ${calls} calls in ${hours} hours; at the last one ${reason}`,
  );
  return {
    kind: 'settled',
    attempt,
    eventType: 'order.attempts_exhausted',
    statusReason: sanitizeMessage(`attempts_exhausted: ${message}`),
    deadLetter: { code: 'attempts_exhausted', message, record: attempt.record },
  };
}

/** The order at its end and the line of its history, whose event is the attempt that brought it. */
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
