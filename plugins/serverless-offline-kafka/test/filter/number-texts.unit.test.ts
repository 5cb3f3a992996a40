import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { filterOf, matches } from './pattern-matches.ts';

const numberTexts = fc
  .tuple(fc.constantFrom('', '-'), fc.nat(1_000), fc.constantFrom('', '.0', '.50', 'e0', 'E+2', 'e-1'))
  .map(([sign, digits, rest]) => `${sign}${digits}${rest}`);

describe('an exact number', () => {
  test('is compared by its text, in the pattern and in the record', () => {
    fc.assert(
      fc.property(numberTexts, numberTexts, (a, b) => {
        expect(matches(`{"n":[${a}]}`, `{"n":${b}}`)).toBe(a === b);
        expect(matches(`{"n":[{"anything-but":${a}}]}`, `{"n":${b}}`)).toBe(a !== b);
        expect(matches(`{"n":[{"anything-but":[${a}]}]}`, `{"n":[${a},${b}]}`)).toBe(a !== b);
      }),
    );
  });

  test('keeps digits that a double cannot represent', () => {
    expect(matches('{"n":[9007199254740993]}', '{"n":9007199254740993}')).toBe(true);
    expect(matches('{"n":[9007199254740993]}', '{"n":9007199254740992}')).toBe(false);
  });

  test('does not change the values for other operators', () => {
    const pattern = '{"n":[300,{"numeric":["<",1]}],"text":["300"],"flag":[true]}';

    expect(matches(pattern, '{"n":0.50,"text":"300","flag":true}')).toBe(true);
    expect(matches(pattern, '{"n":300,"text":300,"flag":true}')).toBe(false);
    expect(matches('{"n":[1],"m":[{"exists":true}]}', '{"n":1,"m":2.0}')).toBe(true);
    expect(matches('{"n":[1],"m":[{"exists":false}]}', '{"n":1,"m":2.0}')).toBe(false);
  });

  test('is the only reason to read the texts of numbers', () => {
    const readsTexts = (alternative: unknown) =>
      filterOf({ value: { n: [alternative] } }).comparesNumberTexts;

    expect([1, { 'anything-but': 1 }, { 'anything-but': [1] }].map(readsTexts)).toEqual([true, true, true]);
    expect(['1', null, { numeric: ['=', 1] }, { 'anything-but': '1' }].map(readsTexts)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});

test('a value that is not valid JSON is text, with and without number texts', () => {
  const values = ['{"n":01}', '{"n":1,}', '{n:1}', '{"n":1}x', '{"n":.5}', '{"n":1.}'];

  expect(values.filter((value) => !matches('{"n":[7]}', value))).toEqual([]);
  expect(values.filter((value) => !matches('{"n":["7"]}', value))).toEqual([]);
});
