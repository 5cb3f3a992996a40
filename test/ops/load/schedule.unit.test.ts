import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { runOpenLoop } from '../../../ops/load/open-loop.ts';
import { createSchedule } from '../../../ops/load/schedule.ts';

describe('a schedule', () => {
  test('spreads the orders evenly over the time', () => {
    const schedule = createSchedule({ rate: 500, seconds: 60, ordersPerRequest: 1 });

    expect(schedule.requests).toBe(30_000);
    expect(schedule.dueAtMs(0)).toBe(0);
    expect(schedule.dueAtMs(500)).toBe(1_000);
    expect(schedule.dueAtMs(29_999)).toBe(59_998);
  });

  test('the rate counts orders, not requests, and the last request contains the rest', () => {
    const schedule = createSchedule({ rate: 250, seconds: 3, ordersPerRequest: 100 });

    expect(schedule.requests).toBe(8);
    expect(schedule.dueAtMs(5)).toBe(2_000);
    expect(schedule.ordersOf(0)).toEqual([0, 100]);
    expect(schedule.ordersOf(7)).toEqual([700, 750]);
  });

  test('at any time, exactly the requests up to that time are due', () => {
    const plans = fc.record({
      rate: fc.integer({ min: 1, max: 10_000 }),
      seconds: fc.integer({ min: 1, max: 60 }),
      ordersPerRequest: fc.integer({ min: 1, max: 1_000 }),
    });
    fc.assert(
      fc.property(plans, fc.double({ min: 0, max: 90_000, noNaN: true }), (plan, elapsedMs) => {
        const schedule = createSchedule(plan);

        const due = schedule.dueBy(elapsedMs);

        const rounding = 1e-6;
        expect(schedule.dueAtMs(due - 1)).toBeLessThanOrEqual(elapsedMs + rounding);
        expect(due === schedule.requests || schedule.dueAtMs(due) > elapsedMs - rounding).toBe(true);
      }),
    );
  });

  test('contains every order in exactly one request', () => {
    const counts = fc.integer({ min: 1, max: 300 });
    fc.assert(
      fc.property(counts, counts, (rate, ordersPerRequest) => {
        const schedule = createSchedule({ rate, seconds: 2, ordersPerRequest });

        const ranges = Array.from({ length: schedule.requests }, (_, request) => schedule.ordersOf(request));

        const carried = ranges.flatMap(([from, to]) =>
          Array.from({ length: to - from }, (_, at) => from + at),
        );
        expect(carried).toEqual(Array.from({ length: rate * 2 }, (_, order) => order));
      }),
    );
  });
});

test('requests start when they are due, although earlier ones have no answer yet', async () => {
  const schedule = createSchedule({ rate: 200, seconds: 1, ordersPerRequest: 20 });
  const begun: number[] = [];
  const allBegun = Promise.withResolvers<void>();

  const send = (request: number): Promise<void> => {
    begun.push(request);
    if (begun.length === schedule.requests) {
      allBegun.resolve();
    }
    return allBegun.promise;
  };
  const { signal } = new AbortController();
  const { delaysMs, lastedMs } = await runOpenLoop(schedule, performance.now(), send, signal);

  expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(Math.min(...delaysMs)).toBeGreaterThanOrEqual(0);
  expect(lastedMs).toBeGreaterThanOrEqual(900);
});

test('after a stop it starts no further request, and waits for the answers of those in flight', async () => {
  const schedule = createSchedule({ rate: 100, seconds: 60, ordersPerRequest: 1 });
  const stop = new AbortController();
  const answered: number[] = [];
  const send = async (request: number): Promise<void> => {
    if (request === 3) {
      stop.abort();
    }
    await delay(50);
    answered.push(request);
  };

  const { delaysMs } = await runOpenLoop(schedule, performance.now(), send, stop.signal);

  expect(answered.length).toBeGreaterThanOrEqual(4);
  expect(answered.length).toBeLessThan(100);
  expect(delaysMs).toHaveLength(answered.length);
});
