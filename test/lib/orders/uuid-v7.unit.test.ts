import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { validate, version } from 'uuid';
import { uuidV7 } from '../../../lib/orders/uuid-v7.ts';

const timeOf = (id: string): number => Number.parseInt(id.replace('-', '').slice(0, 12), 16);

describe('a UUIDv7', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  test('is valid, and begins with the time in milliseconds', () => {
    const before = Date.now();
    const id = uuidV7();

    expect(validate(id)).toBe(true);
    expect(version(id)).toBe(7);
    expect(timeOf(id)).toBeGreaterThanOrEqual(before);
    expect(timeOf(id)).toBeLessThanOrEqual(Date.now());
  });

  test('is greater than the one before, also when a millisecond has more ids than the counter has values', () => {
    jest.useFakeTimers({ now: Date.now() + 1_000 });

    const ids = Array.from({ length: 10_000 }, uuidV7);

    expect(ids).toEqual(ids.toSorted());
    expect(new Set(ids).size).toBe(ids.length);
    expect(timeOf(ids.at(-1) ?? '') - timeOf(ids[0] ?? '')).toBe(2);
  });

  test('is greater than the one before when the clock is set back', () => {
    const first = uuidV7();
    jest.useFakeTimers({ now: Date.now() - 60_000 });

    expect(uuidV7() > first).toBe(true);
  });

  test('differs from another one of the same time in its random digits', () => {
    const tails = Array.from({ length: 1_000 }, () => uuidV7().slice(-15));

    expect(new Set(tails).size).toBe(tails.length);
  });
});
