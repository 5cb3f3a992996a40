import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { percentiles } from '../../../ops/load/percentiles.ts';

test('a percentile is the smallest measured value that this percentage of values does not exceed', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  expect(percentiles(hundred)).toEqual({ count: 100, p50: 50, p90: 90, p99: 99, max: 100 });
  expect(percentiles([7])).toEqual({ count: 1, p50: 7, p90: 7, p99: 7, max: 7 });
  expect(percentiles([9, 10])).toMatchObject({ p50: 9, p90: 10 });
});

test('values are sorted as numbers and rounded to a tenth', () => {
  expect(percentiles([10.04, 9.06, 100.55])).toMatchObject({ p50: 10, max: 100.6 });
});

test('without values a percentile is null, not zero', () => {
  expect(percentiles([])).toEqual({ count: 0, p50: null, p90: null, p99: null, max: null });
});

test('percentiles rise, and the last is the greatest value', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(100_000), { minLength: 1 }), (values) => {
      const { p50, p90, p99, max } = percentiles(values);

      expect([p50, p90, p99, max]).toEqual([p50, p90, p99, max].toSorted((a, b) => Number(a) - Number(b)));
      expect(max).toBe(Math.max(...values));
    }),
  );
});
