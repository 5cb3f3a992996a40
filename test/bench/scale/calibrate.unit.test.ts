import { describe, expect, test } from '@jest/globals';
import { lineThrough } from '../../../bench/scale/calibrate.ts';

describe('the cost of a batch', () => {
  test('is the line through two batch sizes', () => {
    expect(lineThrough(1_000, 21, 100, 3)).toEqual({ msPerOrder: 0.02, msPerBatch: 1 });
  });

  test('has no negative part when noise makes the small batch dearer, or too cheap', () => {
    expect(lineThrough(1_000, 2, 100, 3)).toEqual({ msPerOrder: 0, msPerBatch: 2 });
    expect(lineThrough(1_000, 20, 100, 1)).toEqual({ msPerOrder: 0.02, msPerBatch: 0 });
  });
});
