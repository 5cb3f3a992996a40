import { expect, test } from '@jest/globals';
import {
  batchLimits,
  CALL_TIMEOUT_MS,
  LEASE_MARGIN_MS,
  LEASE_MS,
  retryLimits,
} from '../../../lib/fulfilment/limits.ts';
import { NOON } from '../../support/attempts.ts';

test('a lease is longer than the longest call and the writing of its result', () => {
  expect(LEASE_MS).toBeGreaterThan(CALL_TIMEOUT_MS + LEASE_MARGIN_MS);
});

test('a batch finishes its calls after 2 seconds', () => {
  expect(batchLimits(NOON).abortAt).toBe(NOON + 2_000);
});

test('a run of retries starts calls for 50 seconds, each with its full time, and for less if less time is left', () => {
  expect(retryLimits(NOON, 120_000)).toMatchObject({ beginUntil: NOON + 50_000, abortAt: NOON + 60_000 });
  expect(retryLimits(NOON, 90_000)).toMatchObject({ beginUntil: NOON + 25_000, abortAt: NOON + 35_000 });
});
