import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { Contact } from '../src/contact.ts';
import { aLog } from './support/log.ts';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

test('a broker that is away is told once, and once that it is back', () => {
  const { log, lines } = aLog();
  const contact = new Contact({ place: 'here', silenceMs: 6_000, log });

  contact.heard();
  contact.lost('refused');
  contact.lost('refused');
  contact.heard();
  contact.heard();

  expect(lines).toEqual(['warning here: refused; trying on', 'notice here: connected']);
});

test('silence counts as a loss', () => {
  const { log, lines } = aLog();
  const contact = new Contact({ place: 'here', silenceMs: 6_000, log });

  contact.heard();
  jest.advanceTimersByTime(5_999);
  const before = [...lines];
  jest.advanceTimersByTime(1);

  expect(before).toEqual([]);
  expect(lines).toEqual(['warning here: no answer from Kafka for 6 s; trying on']);
});

test('silence is no loss after the end', () => {
  const { log, lines } = aLog();
  const contact = new Contact({ place: 'here', silenceMs: 6_000, log });

  contact.heard();
  contact.close();
  jest.advanceTimersByTime(60_000);

  expect(lines).toEqual([]);
});
