import { expect, test } from '@jest/globals';
import { backoffMs, deliveryBackoff } from '../../src/delivery/backoff.ts';

test('a failing batch is retried after 200 ms, then after twice the time, at most 30 s', () => {
  const waits = Array.from({ length: 10 }, (_, index) => backoffMs(deliveryBackoff, index + 1));

  expect(waits).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
});

test('the pause stays finite after days of failures', () => {
  expect(backoffMs(deliveryBackoff, 100_000)).toBe(30_000);
});
