import { describe, expect, test } from '@jest/globals';
import { compileFilter, passesFilters, type RecordFilter } from '../../src/filter/record-filter.ts';
import { filterOf } from './pattern-matches.ts';

const NOT_UTF8 = Buffer.from([0xff, 0xfe]);

const forJson = filterOf({ value: { state: ['a'] } });
const forText = filterOf({ value: [{ 'anything-but': ['error'] }] });

const passes = (value: string | Buffer | null, ...filters: RecordFilter[]): boolean =>
  passesFilters(filters, typeof value === 'string' ? Buffer.from(value) : value, 'pass');

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

test.each(['"b"', '300', 'true', 'null', '', ' '])('a bare %j is text, although it may be JSON', (value) => {
  expect(passes(value, forJson)).toBe(true);
  expect(passes(value, filterOf({ value: [value] }))).toBe(true);
  expect(passes(value, filterOf({ value: [{ 'anything-but': value }] }))).toBe(false);
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
