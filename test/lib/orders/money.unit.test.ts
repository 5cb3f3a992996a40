import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  fromCents,
  TOTAL_CENTS_LIMIT,
  toCents,
  toCentsDespiteFloatNoise,
} from '../../../lib/orders/money.ts';

const cents = fc.integer({ min: 0, max: 100_000_000_00 });

describe('money', () => {
  test('every amount of whole cents is unchanged after conversion to JSON and back', () => {
    fc.assert(
      fc.property(cents, (amount) => {
        expect(toCents(JSON.parse(JSON.stringify(fromCents(amount))))).toBe(amount);
      }),
    );
  });

  test('every total below the limit is unchanged after conversion to JSON and back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: TOTAL_CENTS_LIMIT - 1 }), (total) => {
        expect(toCents(JSON.parse(JSON.stringify(fromCents(total))))).toBe(total);
      }),
    );
  });

  test('a third decimal is rejected, however large the amount', () => {
    fc.assert(
      fc.property(cents, fc.integer({ min: 1, max: 9 }), (amount, thousandth) => {
        const text = `${Math.floor(amount / 100)}.${String(amount % 100).padStart(2, '0')}${thousandth}`;

        expect(toCents(Number(text))).toBeUndefined();
        expect(toCentsDespiteFloatNoise(Number(text))).toBeUndefined();
      }),
    );
  });

  test('float noise is tolerated in records', () => {
    expect(toCentsDespiteFloatNoise(3 * 19.99)).toBe(5997);
    expect(toCentsDespiteFloatNoise(0.1 + 0.2)).toBe(30);
    expect(toCents(0.1 + 0.2)).toBeUndefined();
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 1e308])('%p is not an amount', (amount) => {
    expect(toCents(amount)).toBeUndefined();
    expect(toCentsDespiteFloatNoise(amount)).toBeUndefined();
  });
});
