import { createRequire } from 'node:module';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { quietRequestQueue } from '../../src/kafka/quiet-request-queue.ts';

quietRequestQueue();
const RequestQueue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js');
const logger = { debug: () => undefined };

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

function aQueue() {
  const sent: number[] = [];
  const queue = new RequestQueue({ maxInFlightRequests: null, requestTimeout: 1_000, logger });
  const push = (correlationId: number): void =>
    queue.push({
      entry: { correlationId, resolve: () => undefined },
      expectResponse: true,
      sendRequest: () => sent.push(correlationId),
    });
  return { queue, sent, push };
}

test('a queue with nothing to hold back has no timer after an answer', () => {
  const { queue, sent, push } = aQueue();

  push(1);
  queue.fulfillRequest({ correlationId: 1, payload: null, size: 0 });

  expect(sent).toEqual([1]);
  expect(jest.getTimerCount()).toBe(0);
});

test('a request that is held back is sent when the broker’s throttle has passed', () => {
  const { queue, sent, push } = aQueue();

  queue.maybeThrottle(500);
  push(1);
  jest.advanceTimersByTime(499);
  const early = [...sent];
  jest.advanceTimersByTime(20);

  expect(early).toEqual([]);
  expect(sent).toEqual([1]);
  expect(jest.getTimerCount()).toBe(0);
});
