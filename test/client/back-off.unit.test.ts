import { describe, expect, test } from '@jest/globals';
import { pauseAfter, retryAfterMs } from '../../client/src/back-off.ts';

const policy = { attempts: 9, baseMs: 200, maxPauseMs: 1_000 };

describe('the pause', () => {
  test('doubles up to its maximum, and is any part of that', () => {
    const longest = [1, 2, 3, 4, 5].map((attempt) => pauseAfter(attempt, policy, undefined, 1));

    expect(longest).toEqual([200, 400, 800, 1_000, 1_000]);
    expect(pauseAfter(3, policy, undefined, 0)).toBe(0);
    expect(pauseAfter(3, policy, undefined, 0.5)).toBe(400);
  });

  test('is added to what the server asked for', () => {
    expect(pauseAfter(1, policy, 5_000, 0.5)).toBe(5_100);
  });
});

test.each([
  ['0', 0],
  [' 7 ', 7_000],
  ['86400', 60_000],
  ['Sun, 01 Nov 2026 10:00:05 GMT', 5_000],
  ['Sunday, 01-Nov-26 10:00:05 GMT', 5_000],
  ['Sun, 01 Nov 2026 09:59:00 GMT', 0],
  ['Sun, 01 Nov 2027 10:00:00 GMT', 60_000],
  ['-3', undefined],
  ['1.5', undefined],
  ['2026-11-01', undefined],
  ['soon', undefined],
  ['', undefined],
  [null, undefined],
])('Retry-After %j means %p ms; more than a minute counts as a minute', (header, expected) => {
  expect(retryAfterMs(header, Date.parse('2026-11-01T10:00:00Z'))).toBe(expected);
});
