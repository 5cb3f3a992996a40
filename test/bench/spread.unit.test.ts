import { describe, expect, test } from '@jest/globals';
import { ratiosOf, ratioText, spreadOf, spreadText } from '../../bench/beside/spread.ts';

describe('a comparison of rounds', () => {
  test('compares both sides within each round, not their medians', () => {
    const slowRound = { ours: 500, theirs: 100 };
    const ours = [1_000, slowRound.ours, 1_200];
    const theirs = [1_000, slowRound.theirs, 600];

    expect(ratiosOf(ours, theirs)).toEqual({ median: 2, min: 1, max: 5 });
  });

  test('is printed with its range', () => {
    expect(ratioText(ratiosOf([300, 100, 200], [100, 100, 100]))).toBe('2.00 × (1.00–3.00)');
    expect(spreadText(spreadOf([1_520, 1_480, 1_611]))).toBe('1,520 (1,480–1,611)');
    expect(spreadText(spreadOf([7.04, 5, 9]), 1)).toBe('7.0 (5.0–9.0)');
  });
});
