import { expect, test } from '@jest/globals';
import {
  backOffMs,
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

test('the maximum back-off doubles with every failed call, from 2 seconds to 15 minutes', () => {
  const longest = Array.from({ length: 12 }, (_, index) => backOffMs(index + 1, () => 1) / 1_000);

  expect(longest).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
  expect(backOffMs(10_000, () => 1)).toBe(900_000);
});

test('the back-off is a random time between zero and the maximum', () => {
  expect([0, 0.25, 0.5].map((number) => backOffMs(3, () => number))).toEqual([0, 2_000, 4_000]);
});
