import { describe, expect, test } from '@jest/globals';
import { compilePattern } from '../../src/filter/filter-pattern.ts';

function matches(pattern: unknown, document: unknown): boolean {
  const problems: string[] = [];
  const test = compilePattern(pattern, 'value', problems);
  expect(problems).toEqual([]);
  return test(document);
}

function problemsOf(pattern: unknown): string[] {
  const problems: string[] = [];
  compilePattern(pattern, 'value', problems);
  return problems;
}

describe('an alternative', () => {
  test.each<[string, unknown, { yes: unknown[]; no: unknown[] }]>([
    ['of text is that text, exactly', 'a', { yes: ['a'], no: ['A', 'ab', '', null] }],
    ['of empty text is that', '', { yes: [''], no: ['a', null, false] }],
    ['of a number is that number', 300, { yes: [300, 3e2], no: [301, '300'] }],
    ['of true is that', true, { yes: [true], no: [false, 'true', 1] }],
    ['of false is that', false, { yes: [false], no: [true, 0, null] }],
    ['of null is that', null, { yes: [null], no: ['', 0, false, 'null'] }],
    ['prefix', { prefix: 'AB' }, { yes: ['AB', 'ABC'], no: ['ab', 'xAB', 1, null] }],
    ['suffix', { suffix: '.png' }, { yes: ['.png', 'a.png'], no: ['a.PNG', 'a.png ', 1] }],
    ['equals-ignore-case', { 'equals-ignore-case': 'Alice' }, { yes: ['ALICE', 'alice'], no: ['alic', 1] }],
    ['anything-but of text', { 'anything-but': 'a' }, { yes: ['b', 1, true, null], no: ['a'] }],
    ['anything-but of a number', { 'anything-but': 1 }, { yes: [2, '1'], no: [1] }],
    ['anything-but of several texts', { 'anything-but': ['a', 'b'] }, { yes: ['c', 1], no: ['a', 'b'] }],
    ['anything-but of several numbers', { 'anything-but': [1, 2] }, { yes: [3, '1'], no: [1, 2] }],
    ['anything-but of a prefix', { 'anything-but': { prefix: 'us-' } }, { yes: ['eu-1', 1], no: ['us-1'] }],
    ['numeric =', { numeric: ['=', 100] }, { yes: [100, 1e2], no: [99.9, '100'] }],
    ['numeric >', { numeric: ['>', 0] }, { yes: [0.1], no: [0, -1, '1', null] }],
    ['numeric <=', { numeric: ['<=', 0] }, { yes: [0, -1], no: [0.1, null] }],
    ['numeric range', { numeric: ['>', 10, '<=', 20] }, { yes: [10.5, 20], no: [10, 21] }],
    ['numeric range, other bounds', { numeric: ['>=', 10, '<', 20] }, { yes: [10], no: [9, 20] }],
    ['exists', { exists: true }, { yes: ['', 0, false, null, 'a'], no: [] }],
    ['exists not', { exists: false }, { yes: [], no: ['', 0, false, null, 'a'] }],
  ])('%s', (_, alternative, { yes, no }) => {
    const pattern = { field: [alternative] };

    expect(yes.filter((field) => !matches(pattern, { field }))).toEqual([]);
    expect(no.filter((field) => matches(pattern, { field }))).toEqual([]);
  });

  test('never matches a field that is absent, an object or an empty list, unless it is exists: false', () => {
    const alternatives = ['a', null, { 'anything-but': 'a' }, { prefix: '' }, { exists: true }];
    const documents = [{}, { field: {} }, { field: { a: 'a' } }, { field: [] }, null, 'a', ['a']];

    for (const document of documents) {
      expect(alternatives.filter((alternative) => matches({ field: [alternative] }, document))).toEqual([]);
      expect(matches({ field: [{ exists: false }] }, document)).toBe(true);
    }
  });
});

describe('a pattern', () => {
  test('matches when one of the alternatives does', () => {
    const pattern = { state: ['a', 'b', { prefix: 'c' }] };

    expect(['a', 'b', 'cc', 'd'].map((state) => matches(pattern, { state }))).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  test('matches when all its fields do, also nested ones, and others do not matter', () => {
    const pattern = { state: ['a'], place: { city: ['b'], zip: [1] } };

    expect(matches(pattern, { state: 'a', place: { city: 'b', zip: 1, more: 1 }, more: 1 })).toBe(true);
    expect(matches(pattern, { state: 'a', place: { city: 'b', zip: 2 } })).toBe(false);
    expect(matches(pattern, { state: 'a' })).toBe(false);
  });

  test('matches a list when one element does with all fields', () => {
    const pattern = { items: { id: [1], state: ['a'] } };

    expect(matches({ tags: ['x'] }, { tags: ['w', 'x'] })).toBe(true);
    expect(matches(pattern, { items: [{ id: 2 }, { id: 1, state: 'a' }] })).toBe(true);
    expect(matches(pattern, { items: [{ id: 1 }, { state: 'a' }] })).toBe(false);
  });

  test('with $or matches when one branch does, and its other fields too', () => {
    const pattern = { state: ['a'], $or: [{ city: ['b'] }, { zip: [1] }] };

    expect(matches(pattern, { state: 'a', zip: 1 })).toBe(true);
    expect(matches(pattern, { state: 'a', city: 'b' })).toBe(true);
    expect(matches(pattern, { state: 'a', city: 'c', zip: 2 })).toBe(false);
    expect(matches(pattern, { state: 'x', zip: 1 })).toBe(false);
  });
});

describe('a problem', () => {
  test.each<[string, unknown, string]>([
    ['a value without a list', { a: 'x' }, 'value.a: must be a list of alternatives, such as ["x"]'],
    ['an empty list', { a: { b: [] } }, 'value.a.b: an empty list matches nothing'],
    ['an empty object', { a: {} }, 'value.a: names no field'],
    ['a list in a list', { a: [['x']] }, 'value.a.0: must be a value, or an object with one operator'],
    ['two operators', { a: [{ prefix: 'x', suffix: 'y' }] }, 'value.a.0: must be a value, or an object with'],
    [
      'an unknown operator',
      { a: ['x', { cidr: '::/0' }] },
      'value.a.1: unknown operator cidr; there are prefix',
    ],
    ['an inherited name', { a: [{ toString: 'x' }] }, 'value.a.0: unknown operator toString'],
    ['a prefix of a number', { a: [{ prefix: 1 }] }, 'value.a.0.prefix: cannot be 1'],
    ['exists with text', { a: [{ exists: 'yes' }] }, 'value.a.0.exists: cannot be "yes"'],
    [
      'anything-but of both kinds',
      { a: [{ 'anything-but': ['x', 1] }] },
      'value.a.0.anything-but: cannot be',
    ],
    ['an unknown comparison', { a: [{ numeric: ['!=', 1] }] }, 'value.a.0.numeric: cannot be ["!=",1]'],
    ['a range that is empty', { a: [{ numeric: ['>', 2, '<', 1] }] }, 'value.a.0.numeric: cannot be'],
    ['a range the wrong way round', { a: [{ numeric: ['<', 1, '>', 2] }] }, 'value.a.0.numeric: cannot be'],
    ['$or with one branch', { $or: [{ a: [1] }] }, 'value.$or: must be a list of two or more patterns'],
    ['$or with a faulty branch', { $or: [{ a: [1] }, { b: 1 }] }, 'value.$or.1.b: must be a list'],
  ])('is told with its place: %s', (_, pattern, problem) => {
    expect(problemsOf(pattern)).toEqual([expect.stringContaining(problem)]);
  });

  test('does not hide the others', () => {
    expect(problemsOf({ a: 1, b: [], c: ['x'] })).toHaveLength(2);
  });
});
