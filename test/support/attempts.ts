import type { Attempt } from '../../lib/fulfilment/attempt.ts';
import { aRecord } from './records.ts';
import { aStoredOrder } from './stored-orders.ts';

export const NOON = Date.parse('2026-11-01T12:00:00Z');

/** Returns the first attempt of an order, claimed now. A test sets the fields that it checks. */
export function anAttempt(parts: Partial<Attempt> = {}): Attempt {
  return {
    order: aStoredOrder({ status: 'PROCESSING' }),
    leaseToken: '11111111-1111-4111-8111-111111111111',
    leasedUntil: NOON + 30_000,
    attempts: 1,
    retriedAfter: 0,
    waitingSince: NOON,
    record: aRecord(),
    ...parts,
  };
}
