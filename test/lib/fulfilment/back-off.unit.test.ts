import { expect, test } from '@jest/globals';
import { backOffMs } from '../../../lib/fulfilment/limits.ts';

test('the maximum back-off doubles with every failed call, from 2 seconds to 15 minutes', () => {
  const longest = Array.from({ length: 12 }, (_, index) => backOffMs(index + 1, () => 1) / 1_000);

  expect(longest).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
  expect(backOffMs(10_000, () => 1)).toBe(900_000);
});

test('the back-off is a random time between zero and the maximum', () => {
  expect([0, 0.25, 0.5].map((number) => backOffMs(3, () => number))).toEqual([0, 2_000, 4_000]);
});
