import { describe, expect, test } from '@jest/globals';
import { deterministicIds } from '../../../lib/orders/ids.ts';

const fingerprint = Buffer.alloc(32);
const derived = deterministicIds('anonymous', 'key-1', fingerprint);

describe('ids derived from an Idempotency-Key', () => {
  test('are the same in every release: a repeat may reach another release than the first request', () => {
    expect(derived.orderId(0)).toBe('7030b098-6377-5b03-8664-696592037bfe');
    expect(derived.orderId(1)).toBe('061203a4-5e43-5984-a7de-d6973c2303ac');
    expect(derived.eventId(0)).toBe('b46216d3-0fe9-5bbb-9dc5-5b760eaf5ea6');
  });

  test.each([
    ['principal', deterministicIds('another', 'key-1', fingerprint)],
    ['key', deterministicIds('anonymous', 'key-2', fingerprint)],
  ])('differ with the %s', (_what, other) => {
    expect(other.orderId(0)).not.toBe(derived.orderId(0));
    expect(other.eventId(0)).not.toBe(derived.eventId(0));
  });

  test('with different content under the same key are the same order but never the same command', () => {
    const other = deterministicIds('anonymous', 'key-1', Buffer.alloc(32, 1));

    expect(other.orderId(0)).toBe(derived.orderId(0));
    expect(other.eventId(0)).not.toBe(derived.eventId(0));
  });
});
