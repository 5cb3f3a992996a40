import { describe, expect, test } from '@jest/globals';
import { judgeConcurrency } from '../../deployment/concurrency.ts';

describe('the quota of concurrent executions', () => {
  const reserve = (sum: number) => new Map([['one', sum]]);
  const none = new Map<string, number>();

  test('suffices without a word when 100 are left', () => {
    expect(judgeConcurrency({ total: 1_000, unreserved: 1_000 }, reserve(900), none)).toBeUndefined();
  });

  test('is warned of when fewer are left', () => {
    expect(judgeConcurrency({ total: 1_000, unreserved: 1_000 }, reserve(901), none)).toContain(
      'of which 99 would be left',
    );
  });

  test('counts what the functions have already as theirs', () => {
    expect(judgeConcurrency({ total: 1_000, unreserved: 200 }, reserve(800), reserve(800))).toBeUndefined();
  });

  test('that cannot suffice is refused, with where to ask for more', () => {
    expect(() => judgeConcurrency({ total: 50, unreserved: 50 }, reserve(51), none)).toThrow(
      /^The functions reserve 51 .* of which -1 .*Service Quotas/,
    );
  });
});
