import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { FilteredCount } from '../../src/filter/filtered-count.ts';
import { aLog } from '../support/log.ts';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

function aCount() {
  const { log, lines } = aLog();
  return { count: new FilteredCount({ label: 'orders → work', log }), lines };
}

test('the first filtered records are logged at once, and those of the next seconds together', () => {
  const { count, lines } = aCount();

  count.add(1);
  count.add(20);
  jest.advanceTimersByTime(9_999);
  count.add(3);
  const before = [...lines];
  jest.advanceTimersByTime(1);

  expect(before).toEqual(['notice orders → work: 1 record filtered out']);
  expect(lines).toEqual([...before, 'notice orders → work: 23 records filtered out']);
});

test('after an interval without filtered records, the next are logged at once', () => {
  const { count, lines } = aCount();

  count.add(1);
  jest.advanceTimersByTime(60_000);
  count.add(2);

  expect(lines).toHaveLength(2);
});

test('the remaining count is logged at the end', () => {
  const { count, lines } = aCount();

  count.add(1);
  count.add(2);
  count.close();

  expect(lines[1]).toContain('2 records');
  expect(jest.getTimerCount()).toBe(0);
});
