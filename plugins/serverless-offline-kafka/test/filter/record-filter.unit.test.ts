import { describe, expect, test } from '@jest/globals';
import { compileFilter, passesFilters, type RecordFilter } from '../../src/filter/record-filter.ts';

const NOT_UTF8 = Buffer.from([0xff, 0xfe]);

function filterOf(pattern: object): RecordFilter {
  const { filter, problems } = compileFilter(JSON.stringify(pattern));
  expect(problems).toEqual([]);
  return filter;
}

const forJson = filterOf({ value: { state: ['a'] } });
const forText = filterOf({ value: [{ 'anything-but': ['error'] }] });

const passes = (value: string | Buffer | null, ...filters: RecordFilter[]): boolean =>
  passesFilters(filters, typeof value === 'string' ? Buffer.from(value) : value);

describe('a record passes', () => {
  test('without filters, whatever its value is', () => {
    expect([passes('a'), passes(NOT_UTF8), passes(null)]).toEqual([true, true, true]);
  });

  test('when one of several filters matches', () => {
    const filters = [forJson, filterOf({ value: { id: [1] } })];

    expect(passes('{"state":"a"}', ...filters)).toBe(true);
    expect(passes('{"id":1}', ...filters)).toBe(true);
    expect(passes('{"id":2}', ...filters)).toBe(false);
  });
});

describe('the documented combinations of value and pattern', () => {
  test.each<[string, string | Buffer, RecordFilter, boolean]>([
    ['JSON that matches, pattern for JSON', '{"state":"a"}', forJson, true],
    ['JSON that does not, pattern for JSON', '{"state":"b"}', forJson, false],
    ['text that matches, pattern for text', 'fine', forText, true],
    ['text that does not, pattern for text', 'error', forText, false],
    ['text, pattern for JSON: the pattern says nothing about it', 'error', forJson, true],
    ['a bare scalar, pattern for JSON: it is text', '"b"', forJson, true],
    ['no bytes, pattern for JSON: it is text', '', forJson, true],
    [
      'JSON, pattern for text: the pattern says nothing about it',
      '{"state":"b"}',
      filterOf({ value: ['x'] }),
      true,
    ],
    ['not UTF-8, pattern for JSON', NOT_UTF8, forJson, true],
    ['not UTF-8, pattern for text', NOT_UTF8, filterOf({ value: ['x'] }), true],
  ])('%s', (_, value, filter, expected) => {
    expect(passes(value, filter)).toBe(expected);
  });
});

test('patterns of both shapes together filter nothing', () => {
  const values = ['{"state":"b"}', 'error'];

  expect(values.map((value) => passes(value, forJson, forText))).toEqual([true, true]);
});

describe('a tombstone', () => {
  test.each<[object, boolean]>([
    [{ value: { state: ['a'] } }, false],
    [{ value: { state: [{ 'anything-but': 'a' }] } }, false],
    [{ value: { state: [{ exists: false }] } }, true],
    [{ value: [null] }, true],
    [{ value: [{ exists: false }] }, true],
    [{ value: [{ 'anything-but': 'a' }] }, false],
  ])('with %j: %s', (pattern, expected) => {
    expect(passes(null, filterOf(pattern))).toBe(expected);
  });
});

test.each(['{}', '[]', '{', '{"value":"x"}', '{"value":["x"],"key":["y"]}'])(
  'a pattern that does not filter by value alone is a problem: %s',
  (pattern) => {
    expect(compileFilter(pattern).problems).toEqual([expect.stringContaining('one field, value')]);
  },
);
