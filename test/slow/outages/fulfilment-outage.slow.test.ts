import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { retryDue } from '../../../lib/fulfilment/call-attempts.ts';
import { CONCURRENT_CALLS, retryLimits } from '../../../lib/fulfilment/limits.ts';
import { NOON } from '../../support/attempts.ts';
import { callRun } from '../../support/call-run.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { type FulfilmentReceiver, startFulfilmentReceiver } from '../../support/fulfilment-receiver.ts';
import { orderIds, storeWaitingOrders } from '../../support/waiting-orders.ts';

/** Runs of `retry-orders`, one per minute, under a clock of the test: real calls without waiting. */

const TIMEOUT_MS = 600_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let db: TestDatabase;
let receiver: FulfilmentReceiver;
let now: number;

beforeEach(async () => {
  db = await freshDatabase();
  receiver = await startFulfilmentReceiver();
  now = NOON;
});

afterEach(async () => {
  await receiver[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
});

const statuses = async () =>
  (await db.database.query('SELECT status, count(*)::int FROM orders GROUP BY 1 ORDER BY 1')).rows;

/** Makes one run per minute until this time. Calls `eachSecond` for every second with calls. */
async function runUntil(end: number, callsPerSecond: Map<number, number> = new Map()): Promise<void> {
  const seed = { value: 1 };
  while (now < end) {
    const minute = now;
    using calls = callRun(
      db,
      receiver,
      () => now,
      () => nextRandom(seed),
    );
    const call: typeof calls.run.call = (attempt, timeoutMs) => {
      const second = Math.floor(now / 1_000);
      callsPerSecond.set(second, (callsPerSecond.get(second) ?? 0) + 1);
      return calls.run.call(attempt, timeoutMs);
    };
    const sleep = async (ms: number): Promise<void> => {
      now += ms;
    };
    await retryDue({ ...calls.run, call, nextDueAt: calls.nextDueAt, sleep }, retryLimits(now, 90_000));
    now = minute + MINUTE_MS;
  }
}

/** Returns the same numbers in every run: https://en.wikipedia.org/wiki/Lehmer_random_number_generator */
function nextRandom(seed: { value: number }): number {
  seed.value = (seed.value * 48_271) % 2_147_483_647;
  return seed.value / 2_147_483_647;
}

test(
  'after a six-hour outage of the receiver no order is lost, and the calls are spread over minutes',
  async () => {
    const ORDERS = 60;
    await storeWaitingOrders(db.database, () => now, orderIds(ORDERS));
    receiver.reply = () => ({ status: 503 });

    await runUntil(NOON + 6 * HOUR_MS);
    const during = await statuses();
    const callsInVain = receiver.calls.length;
    receiver.reply = () => ({ status: 200 });
    const callsPerSecond = new Map<number, number>();
    await runUntil(NOON + 6 * HOUR_MS + 16 * MINUTE_MS, callsPerSecond);

    expect(during).toEqual([{ status: 'PROCESSING', count: ORDERS }]);
    expect(callsInVain / ORDERS).toBeLessThan(100); // 60 are expected
    expect(await statuses()).toEqual([{ status: 'COMPLETED', count: ORDERS }]);
    expect(receiver.calls.length - callsInVain).toBe(ORDERS);
    expect(receiver.mostAtOnce()).toBeLessThanOrEqual(CONCURRENT_CALLS);
    // Calls that fell due in the last ten seconds of a minute are made by the next run; otherwise one order every
    // eight seconds.
    expect(Math.max(...callsPerSecond.values())).toBeLessThan(ORDERS / 6);
    expect(callsPerSecond.size).toBeGreaterThan(ORDERS / 3);
  },
  TIMEOUT_MS,
);

test(
  'attempts are exhausted after 24 hours and not before, and only after 10 calls',
  async () => {
    await storeWaitingOrders(db.database, () => now, ['old']);
    receiver.reply = () => ({ status: 503 });

    await runUntil(NOON + 24 * HOUR_MS);
    const before = await statuses();
    await storeWaitingOrders(db.database, () => NOON + 1, ['old-but-new']);
    await runUntil(NOON + 26 * HOUR_MS);

    expect(before).toEqual([{ status: 'PROCESSING', count: 1 }]);
    expect(await statuses()).toEqual([{ status: 'FAILED', count: 2 }]);
    const { rows: attempts } = await db.database.query(
      'SELECT order_id, attempts > 10 AS over_ten, next_attempt_at FROM fulfilment_attempts ORDER BY 1',
    );
    expect(attempts).toEqual([
      { order_id: 'old', over_ten: true, next_attempt_at: null },
      { order_id: 'old-but-new', over_ten: false, next_attempt_at: null },
    ]);
    expect(receiver.calls.filter(({ orderId }) => orderId === 'old-but-new')).toHaveLength(10);
    const { rows: letters } = await db.database.query('SELECT code, state FROM dead_letters');
    expect(letters).toEqual(Array.from({ length: 2 }, () => ({ code: 'attempts_exhausted', state: 'open' })));
  },
  TIMEOUT_MS,
);
