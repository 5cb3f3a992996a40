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

test('the first filtered records are told at once, and those of the next seconds together', () => {
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

test('after a quiet interval the next are told at once again', () => {
  const { count, lines } = aCount();

  count.add(1);
  jest.advanceTimersByTime(60_000);
  count.add(2);

  expect(lines).toHaveLength(2);
});

test('what is untold at the end is told then', () => {
  const { count, lines } = aCount();

  count.add(1);
  count.add(2);
  count.close();

  expect(lines[1]).toContain('2 records');
  expect(jest.getTimerCount()).toBe(0);
});
