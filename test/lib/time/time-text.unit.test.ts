import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LATEST_TIME_MS } from '../../../lib/orders/fields.ts';
import { iso8601Ms, rfc3339Ms } from '../../../lib/time/time-text.ts';

/** A moment in nanoseconds, and its spelling. */
const times = fc.record({
  ms: fc.integer({ min: 0, max: LATEST_TIME_MS - 86_400_000 }),
  nanoseconds: fc.nat(999_999),
  digits: fc.nat(9),
  offsetMinutes: fc.integer({ min: -1_439, max: 1_439 }),
  isLowerCase: fc.boolean(),
});

const two = (number: number): string => String(number).padStart(2, '0');

/** Writes RFC 3339 with this many digits, which truncates the moment. */
function written({
  ms,
  nanoseconds,
  digits,
  offsetMinutes,
  isLowerCase,
}: {
  ms: number;
  nanoseconds: number;
  digits: number;
  offsetMinutes: number;
  isLowerCase: boolean;
}): string {
  const local = new Date(ms + offsetMinutes * 60_000).toISOString();
  const fraction = `${local.slice(20, 23)}${String(nanoseconds).padStart(6, '0')}`.slice(0, digits);
  const offset =
    offsetMinutes === 0
      ? 'Z'
      : `${offsetMinutes < 0 ? '-' : '+'}${two(Math.trunc(Math.abs(offsetMinutes) / 60))}:${two(Math.abs(offsetMinutes) % 60)}`;
  const text = `${local.slice(0, 19)}${digits === 0 ? '' : `.${fraction}`}${offset}`;
  return isLowerCase ? text.toLowerCase() : text;
}

test('every RFC 3339 time is read to the millisecond, with any offset and any number of digits, by both functions', () => {
  fc.assert(
    fc.property(times, (time) => {
      const step = 10 ** Math.max(0, 3 - time.digits);
      const ms = time.ms - (time.ms % step);

      expect([rfc3339Ms(written(time)), iso8601Ms(written(time))]).toEqual([ms, ms]);
    }),
    { numRuns: 1_000 },
  );
});

test('two times keep their order or become equal', () => {
  fc.assert(
    fc.property(times, times, fc.nat(2_000_000), (a, b, near) => {
      const [early, late] = [
        { ...a, digits: 9 },
        { ...b, ms: a.ms + (near % 3), nanoseconds: Math.min(999_999, a.nanoseconds + near), digits: 9 },
      ];

      expect(rfc3339Ms(written(late))).toBeGreaterThanOrEqual(rfc3339Ms(written(early)));
    }),
  );
});

test('text before or after the time makes it invalid, and long text is read fast', () => {
  const rest = fc.string({ minLength: 1 }).filter((text) => !/^[\d.,:+-]/.test(text));
  fc.assert(
    fc.property(times, rest, (time, more) => {
      const text = written(time);

      expect([`${text}${more}`, `${more}${text}`, `${text}\n`].map(iso8601Ms)).toEqual([NaN, NaN, NaN]);
    }),
  );
  const began = performance.now();
  expect(iso8601Ms(`2026-11-01T10:00:00.${'9'.repeat(1_000_000)}x`)).toBeNaN();
  expect(performance.now() - began).toBeLessThan(1_000);
});
