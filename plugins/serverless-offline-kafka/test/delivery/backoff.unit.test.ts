import { expect, test } from '@jest/globals';
import { backoffMs, deliveryBackoff } from '../../src/delivery/backoff.ts';

test('a failing batch is tried again after 200 ms, then twice as long each time, at most 30 s', () => {
  const waits = Array.from({ length: 10 }, (_, index) => backoffMs(deliveryBackoff, index + 1));

  expect(waits).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
});

test('the wait stays finite after days of failures', () => {
  expect(backoffMs(deliveryBackoff, 100_000)).toBe(30_000);
});
