import { expect, test } from '@jest/globals';
import { totalLag } from '../../../ops/load/consumer-lag.ts';
import { isDrained } from '../../../ops/load/drain.ts';
import type { Sample } from '../../../ops/load/load-result.ts';

const sample = (second: number, changes: Partial<Sample> = {}): Sample => ({
  second,
  sent: 100,
  acknowledged: 100,
  errors: 0,
  stored: 50,
  lag: 50,
  ...changes,
});

test('waiting ends when the consumer group has committed everything', () => {
  expect(isDrained([])).toBe(false);
  expect(isDrained([sample(1)])).toBe(false);
  expect(isDrained([sample(1, { lag: 0 })])).toBe(true);
});

test('waiting ends when every order is stored, although other records keep the group busy', () => {
  expect(isDrained([sample(1, { stored: 100 })])).toBe(true);
});

test('orders that are stored without acknowledgement do not replace orders that are still in flight', () => {
  expect(isDrained([sample(1, { acknowledged: 90, errors: 10, stored: 90 })])).toBe(false);
});

test('waiting ends after 30 s without progress, but not while the lag falls or orders arrive', () => {
  const stalled = [sample(1), sample(16, { lag: 60 }), sample(31)];

  expect(isDrained(stalled.slice(0, 2))).toBe(false);
  expect(isDrained(stalled)).toBe(true);
  expect(isDrained([sample(1), sample(31, { lag: 49 })])).toBe(false);
  expect(isDrained([sample(1), sample(31, { stored: 51 })])).toBe(false);
});

test('waiting continues for these 30 s while neither Kafka nor PostgreSQL answers', () => {
  const unknown = { lag: null, stored: null };

  expect(isDrained([sample(1, unknown), sample(20, unknown)])).toBe(false);
  expect(isDrained([sample(1, unknown), sample(20, unknown), sample(31, unknown)])).toBe(true);
});

test('lag is the sum of the end offsets minus the committed offsets, and never negative', () => {
  const ends = [
    { partition: 0, offset: '10', low: '0' },
    { partition: 1, offset: '20', low: '5' },
    { partition: 2, offset: '30', low: '0' },
  ];
  const committed = [
    { partition: 0, offset: '7' },
    { partition: 1, offset: '-1' },
    { partition: 2, offset: '31' },
  ];

  expect(totalLag(ends, committed)).toBe(3 + 15);
});
