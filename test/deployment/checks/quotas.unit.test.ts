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

  test('is too low when fewer are left, and the message names where to request more', () => {
    expect(judging({ total: 1_000, unreserved: 1_000 }, reserve(901), none)).toThrow(
      /^The functions reserve 901 .* of which 99 .*Lambda requires 100.*Service Quotas/,
    );
  });

  test('includes the current reservations of the functions', () => {
    expect(judging({ total: 1_000, unreserved: 200 }, reserve(800), reserve(800))).not.toThrow();
  });
});
