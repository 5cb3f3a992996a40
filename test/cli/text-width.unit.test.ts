import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cutText, padText, textWidth, wrapText } from '../../cli/text-width.ts';

const text = fc.string({ unit: 'grapheme' });

describe('textWidth', () => {
  test.each([
    ['', 0],
    ['order-1', 7],
    ['é ä ß', 5],
    ['e\u0301', 1],
    ['订单', 4],
    ['한글', 4],
    ['ＡＢ', 4],
    ['👍', 2],
    ['a\u200bb', 2],
    ['├─ …✗↳█▏', 8],
  ])('of %j is %i columns', (given, columns) => {
    expect(textWidth(given)).toBe(columns);
  });
});

test('cutText keeps a text that fits, and ends a longer one with an ellipsis inside the columns', () => {
  expect(cutText('order', 5)).toBe('order');
  expect(cutText('orders', 5)).toBe('orde…');
  expect(cutText('订单订单', 4)).toBe('订…');
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 20 }), (given, columns) => {
      expect(textWidth(cutText(given, columns))).toBeLessThanOrEqual(columns);
    }),
  );
});

test('padText fills up to the columns', () => {
  expect(padText('订', 4)).toBe('订  ');
  expect(padText('order', 4)).toBe('order');
});

test('wrapText splits a text into lines inside the columns, and loses nothing', () => {
  expect(wrapText('abcdef', 4)).toEqual(['abcd', 'ef']);
  expect(wrapText('', 4)).toEqual(['']);
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 20 }), (given, columns) => {
      const lines = wrapText(given, columns);

      expect(lines.join('')).toBe(given);
      expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(Math.max(2, columns));
    }),
  );
});
