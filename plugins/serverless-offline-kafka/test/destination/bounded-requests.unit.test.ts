import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { BoundedRequests } from '../../src/destination/bounded-requests.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

const unanswered = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));

test('a request without a response is aborted after 8 s', async () => {
  const outcome = new BoundedRequests().run(unanswered).catch((error) => error);

  await jest.advanceTimersByTimeAsync(7_999);
  expect(jest.getTimerCount()).toBe(1);
  await jest.advanceTimersByTimeAsync(1);

  expect(await outcome).toMatchObject({
    code: 'destination_unreachable',
    message: 'no response within 8 s',
  });
  expect(jest.getTimerCount()).toBe(0);
});

test('a close waits 150 ms for pending requests and then aborts them', async () => {
  const requests = new BoundedRequests();
  const outcome = requests.run(unanswered).catch((error) => error);
  let isClosed = false;

  const closing = requests.close().then(() => {
    isClosed = true;
  });
  await jest.advanceTimersByTimeAsync(149);
  expect(isClosed).toBe(false);
  await jest.advanceTimersByTimeAsync(1);
  await closing;

  expect(await outcome).toMatchObject({
    code: 'destination_unreachable',
    message: 'no response before the stop',
  });
});
