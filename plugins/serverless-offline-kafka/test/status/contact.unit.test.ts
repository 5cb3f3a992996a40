import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { EventSourceError } from '../../src/errors.ts';
import { Contact } from '../../src/status/contact.ts';
import { aLog } from '../support/log.ts';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

test('a broker that is away is told once, whatever the reasons, and once that it is back', () => {
  const { log, lines } = aLog();
  const contact = new Contact({ place: 'here', silenceMs: 6_000, log });

  contact.heard();
  contact.lost('reset');
  contact.lost(new Error('refused'));
  contact.heard();
  contact.heard();

  expect(lines).toEqual(['warning here: reset; trying on', 'notice here: back to normal']);
});

test('a reason of another kind is told too', () => {
  const { log, lines } = aLog();
  const contact = new Contact({ place: 'here', silenceMs: 6_000, log });

  contact.lost('refused');
  contact.lost(new EventSourceError('topic_not_found', 'no topic'));

  expect(lines).toEqual(['warning here: refused; trying on', 'warning here: no topic; trying on']);
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
