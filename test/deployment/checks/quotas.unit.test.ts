import { describe, expect, test } from '@jest/globals';
import { assertConcurrency } from '../../../deployment/checks/quotas.ts';

describe('the quota of concurrent executions', () => {
  const reserve = (sum: number) => new Map([['one', sum]]);
  const none = new Map<string, number>();
  const judging =
    (...given: Parameters<typeof assertConcurrency>) =>
    () =>
      assertConcurrency(...given);

  test('suffices when 100 are left', () => {
    expect(judging({ total: 1_000, unreserved: 1_000 }, reserve(900), none)).not.toThrow();
  });

  test('is refused when fewer are left, with where to ask for more', () => {
    expect(judging({ total: 1_000, unreserved: 1_000 }, reserve(901), none)).toThrow(
      /^The functions reserve 901 .* of which 99 .*Lambda requires 100.*Service Quotas/,
    );
  });

  test('counts what the functions have already as theirs', () => {
    expect(judging({ total: 1_000, unreserved: 200 }, reserve(800), reserve(800))).not.toThrow();
  });
});
