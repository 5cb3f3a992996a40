import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { EventSourceError } from '../../src/errors.ts';
import { ConnectionStatus } from '../../src/status/connection-status.ts';
import { aLog } from '../support/log.ts';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

test('an unavailable broker is logged once, with any number of reasons, and its return once', () => {
  const { log, lines } = aLog();
  const status = new ConnectionStatus({ label: 'here', timeoutMs: 6_000, log });

  status.responded();
  status.lost('reset');
  status.lost(new Error('refused'));
  status.responded();
  status.responded();

  expect(lines).toEqual(['warning here: reset; retrying', 'notice here: connection restored']);
});

test('a reason with another code is logged too', () => {
  const { log, lines } = aLog();
  const status = new ConnectionStatus({ label: 'here', timeoutMs: 6_000, log });

  status.lost('refused');
  status.lost(new EventSourceError('topic_not_found', 'no topic'));

  expect(lines).toEqual(['warning here: refused; retrying', 'warning here: no topic; retrying']);
});

test('a missing response counts as a lost connection', () => {
  const { log, lines } = aLog();
  const status = new ConnectionStatus({ label: 'here', timeoutMs: 6_000, log });

  status.responded();
  jest.advanceTimersByTime(5_999);
  const before = [...lines];
  jest.advanceTimersByTime(1);

  expect(before).toEqual([]);
  expect(lines).toEqual(['warning here: no response from Kafka for 6 s; retrying']);
});

test('a missing response after close is not logged', () => {
  const { log, lines } = aLog();
  const status = new ConnectionStatus({ label: 'here', timeoutMs: 6_000, log });

  status.responded();
  status.close();
  jest.advanceTimersByTime(60_000);

  expect(lines).toEqual([]);
});
