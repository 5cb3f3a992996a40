import { expect, test } from '@jest/globals';
import { memoryByFifths } from './memory.ts';

test('the memory of each fifth of the records is the median of its samples', () => {
  const sizes = [
    [0, 999],
    [1, 7],
    [10, 9],
    [20, 8],
    [21, 5],
    [40, 5],
    [60, 6],
    [61, 3],
    [100, 4],
    [100, 5],
  ] as const;

  const fifths = memoryByFifths(
    sizes.map(([records, bytes]) => ({ records, bytes })),
    100,
  );

  expect(fifths).toEqual([8, 5, 6, 3, 5]);
});
