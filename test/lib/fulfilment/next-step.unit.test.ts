import { describe, expect, test } from '@jest/globals';
import type { Attempt, CallResult } from '../../../lib/fulfilment/attempt.ts';
import { nextStep, type Settlement, settleOrder } from '../../../lib/fulfilment/next-step.ts';
import { anAttempt, NOON } from '../../support/attempts.ts';
import { aStoredOrder } from '../../support/stored-orders.ts';

const HOUR_MS = 3_600_000;
const retryable: CallResult = { kind: 'retryable', reason: 'the receiver responded with status 503' };

const stepOf = (attempt: Attempt, result: CallResult, now = NOON) =>
  nextStep({ attempt, result }, now, () => 0.5);

function ending(attempt: Attempt, result: CallResult, now = NOON): Settlement {
  const step = stepOf(attempt, result, now);
  if (step.kind !== 'settled') {
    throw new Error('the order did not end');
  }
  return step;
}

describe('nextStep', () => {
  test('a call without an outcome falls due again, later with every call', () => {
    const dueAfterMs = [1, 2, 3].map((attempts) => {
      const step = stepOf(anAttempt({ attempts }), retryable);
      return step.kind === 'postponed' ? step.dueAt - NOON : undefined;
    });

    expect(dueAfterMs).toEqual([1_000, 2_000, 4_000]);
  });

  test.each([
    ['9 calls in 30 hours', 9, 0, 30],
    ['1,000 calls in 24 hours', 1_000, 0, 24],
    ['1,009 calls in 30 hours, of which 9 since its retry', 1_009, 1_000, 30],
  ])('the attempts of an order are not exhausted after %s', (_case, attempts, retriedAfter, hours) => {
    const attempt = anAttempt({ attempts, retriedAfter, waitingSince: NOON - hours * HOUR_MS });

    expect(stepOf(attempt, retryable)).toMatchObject({ kind: 'postponed' });
  });

  test('the attempts of an order are exhausted after 24 hours and 10 calls, and its record becomes a dead letter', () => {
    const attempt = anAttempt({ attempts: 13, retriedAfter: 3, waitingSince: NOON - 24 * HOUR_MS - 1 });

    const step = ending(attempt, retryable);

    const message =
      'no outcome after 10 calls in 24 hours; the last result: the receiver responded with status 503';
    expect(step).toEqual({
      kind: 'settled',
      attempt,
      eventType: 'order.attempts_exhausted',
      statusReason: `attempts_exhausted: ${message}`,
      deadLetter: { code: 'attempts_exhausted', message, record: attempt.record },
    });
  });

  test('a late response still counts', () => {
    const attempt = anAttempt({ attempts: 100, waitingSince: NOON - 1_000 * HOUR_MS });

    expect(stepOf(attempt, { kind: 'fulfilled' })).toMatchObject({ eventType: 'order.fulfilled' });
  });
});

describe('settleOrder', () => {
  const stored = aStoredOrder({ status: 'PROCESSING', version: 3, updatedAt: NOON - 1 });

  test.each<[string, CallResult, string, string | null, string]>([
    ['completed', { kind: 'fulfilled' }, 'COMPLETED', null, 'order.fulfilled'],
    ['failed', { kind: 'rejected', reason: 'sold out' }, 'FAILED', 'sold out', 'order.fulfilment_refused'],
  ])(
    'an order is %s at its next version, with the lease token of the attempt in its history',
    (_name, result, status, statusReason, eventType) => {
      const attempt = anAttempt();

      const { order, history } = settleOrder(stored, ending(attempt, result), NOON);

      expect(order).toEqual({ ...stored, status, statusReason, version: 4, updatedAt: NOON });
      expect(history).toEqual({
        orderId: stored.orderId,
        eventId: attempt.leaseToken,
        eventType,
        version: 4,
        status,
        statusReason,
        at: NOON,
      });
    },
  );

  test('the times of a history never decrease', () => {
    const { order, history } = settleOrder(stored, ending(anAttempt(), { kind: 'fulfilled' }), NOON - 5_000);

    expect([order.updatedAt, history.at]).toEqual([NOON - 1, NOON - 1]);
  });
});
