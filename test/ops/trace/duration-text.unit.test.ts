import { expect, test } from '@jest/globals';
import { durationText } from '../../../ops/trace/duration-text.ts';

test.each([
  [0, '0 ms'],
  [0.0002, '0 ms'],
  [0.012, '0.012 ms'],
  [6.1234, '6.12 ms'],
  [84, '84 ms'],
  [999.4, '999 ms'],
  [999.6, '1 s'],
  [3_390, '3.39 s'],
  [59_940, '59.9 s'],
  [59_990, '1 min 0 s'],
  [250_000, '4 min 10 s'],
  [3_600_000, '1 h 0 min'],
  [90_000_000, '1 d 1 h'],
])('%d ms is %s', (ms, expected) => {
  expect(durationText(ms)).toBe(expected);
});
