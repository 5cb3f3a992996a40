import { describe, expect, test } from '@jest/globals';
import { compileFilter } from '../../src/filter/record-filter.ts';
import { fieldMatches, matches } from './pattern-matches.ts';

const problemsOf = (pattern: unknown): readonly string[] =>
  compileFilter(JSON.stringify({ value: pattern })).problems;

describe('a pattern', () => {
  test('matches if all its fields match, also nested fields, and ignores other fields', () => {
    const pattern = { state: ['a'], place: { city: ['b'], zip: [1] } };

    expect(matches(pattern, { state: 'a', place: { city: 'b', zip: 1, more: 1 }, more: 1 })).toBe(true);
    expect(matches(pattern, { state: 'a', place: { city: 'b', zip: 2 } })).toBe(false);
    expect(matches(pattern, { state: 'a' })).toBe(false);
  });

  test('never matches an absent field, an object or an empty list, except with exists: false', () => {
    const alternatives = [
      'a',
      null,
      { 'anything-but': 'a' },
      { prefix: '' },
      { wildcard: '*' },
      { exists: true },
    ];
    const documents = [{}, { field: {} }, { field: { a: 'a' } }, { field: [] }, { field: [[]] }, ['a']];

    for (const document of documents) {
      expect(alternatives.filter((alternative) => matches({ field: [alternative] }, document))).toEqual([]);
      expect(matches({ field: [{ exists: false }] }, document)).toBe(true);
    }
  });

  test.each([true, false, null, ''])('of %j matches no other simple value', (value) => {
    const others = [true, false, null, '', 0, 1, 'true', 'false', 'null'].filter((other) => other !== value);

    expect(fieldMatches(value, value)).toBe(true);
    expect(others.filter((other) => fieldMatches(value, other))).toEqual([]);
  });
});

describe('a list in the document', () => {
  test('matches if one element matches all fields', () => {
    const pattern = { items: { id: [1], state: ['a'] } };

    expect(matches(pattern, { items: [{ id: 2 }, { id: 1, state: 'a' }] })).toBe(true);
    expect(matches(pattern, { items: [[{ id: 1, state: 'a' }]] })).toBe(true);
    expect(matches(pattern, { items: [{ id: 1 }, { state: 'a' }] })).toBe(false);
  });

  test('lacks a field only if none of its elements has it', () => {
    const pattern = { items: { id: [{ exists: false }], state: ['a'] } };

    expect(matches(pattern, { items: [{ state: 'a' }, { state: 'b' }] })).toBe(true);
    expect(matches(pattern, { items: [{ state: 'a' }, { id: 1 }] })).toBe(false);
    expect(matches({ items: { id: [{ exists: false }] } }, { items: [[]] })).toBe(true);
  });

  test('can be nested to any depth', () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;

    expect(matches({ field: ['a'] }, `{"field":${deep}}`)).toBe(false);
    expect(matches({ field: ['a'] }, deep)).toBe(false);
  });
});

describe('$or', () => {
  test('can be nested, also in a field', () => {
    const pattern = { place: { $or: [{ city: ['b'] }, { $or: [{ zip: [1] }, { zip: [2] }] }] } };

    expect(matches(pattern, { place: { zip: 2 } })).toBe(true);
    expect(matches(pattern, { place: { city: 'b' } })).toBe(true);
    expect(matches(pattern, { city: 'b' })).toBe(false);
  });
});

describe('a problem', () => {
  test.each<[string, unknown, string]>([
    ['a value without a list', { a: 'x' }, 'value.a: must be a list of alternatives, such as ["x"]'],
    ['a number without a list', { a: 300 }, 'value.a: must be a list of alternatives, such as [300]'],
    ['an empty list', { a: { b: [] } }, 'value.a.b: an empty list matches nothing'],
    ['an empty object', { a: {} }, 'value.a: names no field'],
    ['a list in a list', { a: [['x']] }, 'value.a.0: must be a value, or an object with one operator'],
    ['two operators', { a: [{ prefix: 'x', suffix: 'y' }] }, 'value.a.0: must be a value, or an object with'],
    [
      'an unknown operator',
      { a: ['x', { regex: '.' }] },
      'value.a.1: unknown operator regex; there are prefix, suffix, equals-ignore-case, wildcard, anything-but, numeric, cidr, exists',
    ],
    ['an inherited name', { a: [{ toString: 'x' }] }, 'value.a.0: unknown operator toString'],
    ['a prefix of a number', { a: [{ prefix: 1 }] }, 'value.a.0.prefix: cannot be 1'],
    ['a prefix with another operator', { a: [{ prefix: { suffix: 'x' } }] }, 'value.a.0.prefix: cannot be'],
    ['exists with text', { a: [{ exists: 'yes' }] }, 'value.a.0.exists: cannot be "yes"'],
    [
      'anything-but of both kinds',
      { a: [{ 'anything-but': ['x', 1] }] },
      'value.a.0.anything-but: cannot be',
    ],
    ['anything-but of true', { a: [{ 'anything-but': true }] }, 'value.a.0.anything-but: cannot be true'],
    ['anything-but of nothing', { a: [{ 'anything-but': [] }] }, 'value.a.0.anything-but: cannot be []'],
    [
      'anything-but of an empty prefix',
      { a: [{ 'anything-but': { prefix: '' } }] },
      'anything-but: cannot be',
    ],
    ['anything-but of a range', { a: [{ 'anything-but': { cidr: '::/0' } }] }, 'anything-but: cannot be'],
    ['an unknown comparison', { a: [{ numeric: ['!=', 1] }] }, 'value.a.0.numeric: cannot be ["!=",1]'],
    ['a range that is empty', { a: [{ numeric: ['>', 2, '<', 1] }] }, 'value.a.0.numeric: cannot be'],
    ['a range of one number', { a: [{ numeric: ['>=', 1, '<=', 1] }] }, 'value.a.0.numeric: cannot be'],
    ['a range the wrong way round', { a: [{ numeric: ['<', 1, '>', 2] }] }, 'value.a.0.numeric: cannot be'],
    ['a number beyond a double', { a: [{ numeric: ['<', 1e300] }] }, 'value.a.0.numeric: cannot be ["<",1e'],
    ['two stars in a row', { a: [{ wildcard: 'a**b' }] }, 'value.a.0.wildcard: cannot be "a**b"'],
    ['a backslash before a letter', { a: [{ wildcard: '\\a' }] }, 'value.a.0.wildcard: cannot be'],
    ['a backslash at the end', { a: [{ wildcard: 'a\\' }] }, 'value.a.0.wildcard: cannot be'],
    ['a range without a mask', { a: [{ cidr: '10.0.0.0' }] }, 'value.a.0.cidr: cannot be "10.0.0.0"'],
    ['a range of one address', { a: [{ cidr: '10.0.0.0/32' }] }, 'value.a.0.cidr: cannot be'],
    ['a range of no address', { a: [{ cidr: '10.0.0/8' }] }, 'value.a.0.cidr: cannot be'],
    ['a mask that is too long', { a: [{ cidr: '::/128' }] }, 'value.a.0.cidr: cannot be'],
    ['$or with one branch', { $or: [{ a: [1] }] }, 'value.$or: must be a list of two or more patterns'],
    ['$or with a faulty branch', { $or: [{ a: [1] }, { b: 1 }] }, 'value.$or.1.b: must be a list'],
    ['$or of operators', { $or: [{ prefix: ['x'] }, { a: [1] }] }, 'value.$or.0: prefix is an operator'],
  ])('has its path: %s', (_, pattern, problem) => {
    expect(problemsOf(pattern)).toEqual([expect.stringContaining(problem)]);
  });

  test('contains the text of a number', () => {
    const { problems } = compileFilter('{"value":{"a":[{"numeric":["=",9007199254740993]}]}}');

    expect(problems).toEqual(['value.a.0.numeric: cannot be ["=",9007199254740993]']);
  });

  test('does not hide other problems', () => {
    expect(problemsOf({ a: 1, b: [], c: ['x'] })).toHaveLength(2);
  });
});
