import { describe, expect, test } from '@jest/globals';
import { compileFilter, passesFilters, type RecordFilter } from '../../src/filter/record-filter.ts';
import { filterOf } from './pattern-matches.ts';

const NOT_UTF8 = Buffer.from([0xff, 0xfe]);

const forJson = filterOf({ value: { state: ['a'] } });
const forText = filterOf({ value: [{ 'anything-but': ['error'] }] });

const bytes = (value: string | Buffer | null): Buffer | null =>
  typeof value === 'string' ? Buffer.from(value) : value;
const passes = (value: string | Buffer | null, ...filters: RecordFilter[]): boolean =>
  passesFilters(filters, bytes(value), 'pass');

describe('a record passes', () => {
  test('without filters, with any value', () => {
    expect([passes('a'), passes(NOT_UTF8), passes(null)]).toEqual([true, true, true]);
  });

  test('when one of several filters matches', () => {
    const filters = [forJson, filterOf({ value: { id: [1] } })];

    expect(passes('{"state":"a"}', ...filters)).toBe(true);
    expect(passes('{"id":1}', ...filters)).toBe(true);
    expect(passes('{"id":2}', ...filters)).toBe(false);
  });
});

test.each(['"b"', '300', 'true', 'null', '', ' '])(
  'the scalar %j is text, although it can be JSON',
  (value) => {
    expect(passes(value, forJson)).toBe(true);
    expect(passes(value, filterOf({ value: [value] }))).toBe(true);
    expect(passes(value, filterOf({ value: [{ 'anything-but': value }] }))).toBe(false);
  },
);

test('patterns of both forms together filter nothing', () => {
  const values = ['{"state":"b"}', 'error'];

  expect(values.map((value) => passes(value, forJson, forText))).toEqual([true, true]);
});

describe('a value of another form than the pattern’s', () => {
  test.each<[string, value: string | Buffer, filter: RecordFilter]>([
    ['text, and a pattern for JSON', 'error', forJson],
    ['broken JSON, and a pattern for JSON', '{"state":"a"', forJson],
    ['a bare scalar, and a pattern for JSON', '300', forJson],
    ['JSON, and a pattern for text', '{"state":"a"}', forText],
    ['not UTF-8, and a pattern for JSON', NOT_UTF8, forJson],
    ['not UTF-8, and a pattern for text', NOT_UTF8, forText],
  ])('passes, or is dropped with the option: %s', (_, value, filter) => {
    expect(passesFilters([filter], bytes(value), 'pass')).toBe(true);
    expect(passesFilters([filter], bytes(value), 'drop')).toBe(false);
  });

  test('is filtered by a pattern in its own format, if one exists', () => {
    const filters = [forJson, filterOf({ value: ['fine'] })];
    const values = ['fine', 'error', '{"state":"a"}', '{"state":"b"}'];

    expect(values.map((value) => passesFilters(filters, bytes(value), 'drop'))).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  test('has no effect without filters, and for a tombstone', () => {
    expect(passesFilters([], NOT_UTF8, 'drop')).toBe(true);
    expect(passesFilters([filterOf({ value: [null] })], null, 'drop')).toBe(true);
  });
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
  'a pattern that filters by other fields than value is a problem: %s',
  (pattern) => {
    expect(compileFilter(pattern).problems).toEqual([expect.stringContaining('one field, value')]);
  },
);
