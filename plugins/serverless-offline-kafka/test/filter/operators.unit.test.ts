import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fieldMatches } from './pattern-matches.ts';

const letters = fc.string({
  unit: fc.constantFrom('a', 'b', 'A', 'é', 'É', '*', '\\', '\n', '💥'),
  maxLength: 6,
});
const someLetters = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '💥'), minLength: 1, maxLength: 2 });
const scalars = fc.oneof(letters, fc.integer(), fc.boolean(), fc.constant(null));

describe('anything-but passes exactly the existing values that its operand does not match', () => {
  test.each(['prefix', 'suffix', 'equals-ignore-case', 'wildcard'])('of a %s', (operator) => {
    fc.assert(
      fc.property(someLetters, someLetters, scalars, (one, other, field) => {
        const matchesOne = [one, other].some((operand) => fieldMatches({ [operator]: operand }, field));

        expect(fieldMatches({ 'anything-but': { [operator]: [one, other] } }, field)).toBe(!matchesOne);
      }),
    );
  });

  test('of values', () => {
    fc.assert(
      fc.property(fc.oneof(letters, fc.integer()), scalars, (value, field) => {
        expect(fieldMatches({ 'anything-but': value }, field)).toBe(!fieldMatches(value, field));
      }),
    );
  });
});

describe('a prefix and a suffix', () => {
  test('match like a wildcard', () => {
    fc.assert(
      fc.property(someLetters, letters, someLetters, (start, middle, end) => {
        const text = start + middle + end;

        expect(fieldMatches({ prefix: start }, text)).toBe(true);
        expect(fieldMatches({ suffix: end }, text)).toBe(true);
        expect(fieldMatches({ wildcard: `${start}*${end}` }, text)).toBe(true);
        expect(fieldMatches({ prefix: { 'equals-ignore-case': start.toUpperCase() } }, text)).toBe(true);
        expect(fieldMatches({ suffix: { 'equals-ignore-case': end.toUpperCase() } }, text)).toBe(true);
      }),
    );
  });
});

describe('a wildcard', () => {
  const pieces = fc.array(letters, { minLength: 1, maxLength: 4 });
  const escaped = (text: string) => text.replaceAll(/[\\*]/g, '\\$&');
  const quoted = (text: string) => text.replaceAll(/[\\*]/g, '\\$&').replaceAll('\n', '\\n');

  test('matches like a regular expression with .* for each star', () => {
    fc.assert(
      fc.property(pieces, letters, pieces, (texts, between, others) => {
        fc.pre(texts.slice(1, -1).every((text) => text !== ''));
        const wildcard = texts.map(escaped).join('*');
        const expression = new RegExp(`^${texts.map(quoted).join('.*')}$`, 'su');

        for (const text of [texts.join(between), texts.join(''), others.join(''), between]) {
          expect(fieldMatches({ wildcard }, text)).toBe(expression.test(text));
        }
      }),
      { numRuns: 500 },
    );
  });

  test('does not let the literals before and after a star overlap', () => {
    expect(fieldMatches({ wildcard: '*aba*aba*' }, 'ababa')).toBe(false);
    expect(fieldMatches({ wildcard: '*aba*aba*' }, 'abaaba')).toBe(true);
    expect(fieldMatches({ wildcard: 'ab*ba' }, 'aba')).toBe(false);
    expect(fieldMatches({ wildcard: 'ab*ba' }, 'abba')).toBe(true);
  });

  test('takes linear time with many stars', () => {
    const wildcard = `${'*a'.repeat(100)}*b`;
    const startedMs = performance.now();

    expect(fieldMatches({ wildcard }, 'a'.repeat(100_000))).toBe(false);
    expect(performance.now() - startedMs).toBeLessThan(20_000); // an exponential match would not end
  });
});

test('a numeric range matches if both bounds match', () => {
  const lower = fc.constantFrom('>', '>=');
  const upper = fc.constantFrom('<', '<=');
  const bound = fc.integer({ min: -10, max: 10 });
  fc.assert(
    fc.property(lower, bound, upper, bound, bound, (above, bottom, below, top, field) => {
      fc.pre(bottom < top);
      const both = [
        [above, bottom],
        [below, top],
      ].every((numeric) => fieldMatches({ numeric }, field));

      expect(fieldMatches({ numeric: [above, bottom, below, top] }, field)).toBe(both);
    }),
  );
});
