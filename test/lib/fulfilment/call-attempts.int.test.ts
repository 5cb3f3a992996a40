import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Attempt } from '../../../lib/fulfilment/attempt.ts';
import { callAttempts } from '../../../lib/fulfilment/call-attempts.ts';
import { batchLimits, retryLimits } from '../../../lib/fulfilment/limits.ts';
import { systemClock } from '../../../lib/time/clock.ts';
import { callRun, type TestRun } from '../../support/call-run.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import {
  type FulfilmentReceiver,
  type Reply,
  startFulfilmentReceiver,
} from '../../support/fulfilment-receiver.ts';
import { watchTimers } from '../../support/pending-timers.ts';
import { until } from '../../support/until.ts';
import { orderIds, storeWaitingOrders } from '../../support/waiting-orders.ts';

/** The time that a slow machine may add. Without the limit of the batch, a call would take 10 seconds. */
const MARGIN_MS = 6_000;

let db: TestDatabase;
let receiver: FulfilmentReceiver;
let calls: TestRun;

beforeEach(async () => {
  db = await freshDatabase();
  receiver = await startFulfilmentReceiver();
  calls = callRun(db, receiver, systemClock);
});

afterEach(async () => {
  calls[Symbol.dispose]();
  await receiver[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
});

const store = (ids: readonly string[]): Promise<void> => storeWaitingOrders(db.database, systemClock, ids);

const rows = async (sql: string): Promise<Record<string, unknown>[]> => (await db.database.query(sql)).rows;

const statuses = () => rows('SELECT status, count(*)::int FROM orders GROUP BY 1 ORDER BY 1');

describe('a run of calls', () => {
  test('calls for every order once, 50 at a time, and publishes each settled order', async () => {
    await store(orderIds(300));
    receiver.reply = async () => {
      await until('50 calls were open at once', () => receiver.mostAtOnce() >= 50);
      await delay(20); // a call too many would come now
      return { status: 200 };
    };

    const summary = await callAttempts(calls.run, retryLimits(systemClock(), 90_000));

    expect(summary).toMatchObject({ called: 300, completed: 300, released: 0, leaseLost: 0 });
    expect(receiver.calls.map(({ orderId }) => orderId).sort()).toEqual(orderIds(300));
    expect(receiver.mostAtOnce()).toBe(50);
    expect(await statuses()).toEqual([{ status: 'COMPLETED', count: 300 }]);
    expect(await rows('SELECT sum(cardinality(order_ids))::int AS published FROM outbox')).toEqual([
      { published: 300 },
    ]);
    expect(await rows('SELECT FROM outbox')).toHaveLength(calls.publishedRows());
  });

  test('writes results in groups, with far fewer transactions than orders', async () => {
    await store(orderIds(300));
    let groups = 0;
    const write: TestRun['run']['write'] = async (called) => {
      groups += 1;
      await until('the calls in flight are answered', () => receiver.open() === 0);
      return calls.run.write(called);
    };

    await callAttempts({ ...calls.run, write }, retryLimits(systemClock(), 90_000));

    expect(groups).toBeLessThan(150);
  });

  test('calls for every order once, even if two processes run at the same time', async () => {
    await store(orderIds(200));
    using others = callRun(db, receiver, systemClock);
    const limits = retryLimits(systemClock(), 90_000);

    const summaries = await Promise.all([callAttempts(calls.run, limits), callAttempts(others.run, limits)]);

    expect(summaries.map(({ called }) => called).reduce((a, b) => a + b)).toBe(200);
    expect(receiver.calls).toHaveLength(200);
    expect(await statuses()).toEqual([{ status: 'COMPLETED', count: 200 }]);
  });

  test('leaves nothing pending: no call, no query, no timer', async () => {
    await store(orderIds(60));
    receiver.reply = ({ orderId }) => (orderId.endsWith('7') ? 'hang' : { status: 200 });
    using timers = watchTimers();

    await callAttempts(calls.run, batchLimits(systemClock()));

    expect(await timers.pending()).toEqual([]);
    expect(
      await rows(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'
         AND state <> 'idle' AND pid <> pg_backend_pid()`,
      ),
    ).toEqual([]);
    await until('no call is open', () => receiver.open() === 0);
  });
});

describe('an order whose receiver does not respond', () => {
  test('does not delay others: their results are written meanwhile', async () => {
    await store(orderIds(120));
    const othersCompleted = Promise.withResolvers<Reply>();
    receiver.reply = ({ orderId }) => (orderId === 'order-0003' ? othersCompleted.promise : { status: 200 });

    const running = callAttempts(calls.run, retryLimits(systemClock(), 90_000));
    await until('the others are completed', async () => {
      const [completed] = await rows("SELECT count(*)::int FROM orders WHERE status = 'COMPLETED'");
      return completed?.count === 119;
    });
    const open = receiver.open();
    othersCompleted.resolve({ status: 200 });

    expect(open).toBe(1);
    expect(await running).toMatchObject({ called: 120, completed: 120 });
  });

  test('does not extend the batch beyond 2 seconds even if every call hangs, and calls that did not start are not counted', async () => {
    await store(orderIds(120));
    receiver.reply = () => 'hang';
    const startedAt = performance.now();

    const summary = await callAttempts(calls.run, batchLimits(systemClock()));

    expect(performance.now() - startedAt).toBeLessThan(2_000 + MARGIN_MS);
    expect(summary).toMatchObject({ called: 50, completed: 0, postponed: 50 });
    expect(
      await rows(
        `SELECT attempts, lease_token, last_error ~ '^no response within [0-9]+ ms$' AS timed_out, count(*)::int
         FROM fulfilment_attempts GROUP BY 1, 2, 3 ORDER BY 1`,
      ),
    ).toEqual([
      { attempts: 0, lease_token: null, timed_out: null, count: 70 },
      { attempts: 1, lease_token: null, timed_out: true, count: 50 },
    ]);
    await until('no call is open', () => receiver.open() === 0);
  });
});

describe('an attempt that was claimed but not started', () => {
  test('is released when the time is over', async () => {
    await store(orderIds(5));
    const limits = batchLimits(systemClock());
    const claim = async (limit: number): Promise<readonly Attempt[]> => {
      const claimed = await calls.run.claim(limit);
      await until('the time is over', () => systemClock() >= limits.beginUntil);
      return claimed;
    };

    const summary = await callAttempts({ ...calls.run, claim }, limits);

    expect(summary).toMatchObject({ called: 0, released: 5 });
    expect(receiver.calls).toEqual([]);
    expect(
      await rows('SELECT FROM fulfilment_attempts WHERE attempts = 0 AND lease_token IS NULL'),
    ).toHaveLength(5);
  });

  test('is not started by a process that was frozen until its lease ended, and stays with the worker that claimed it', async () => {
    await store(['order-1']);
    let frozenMs = 0;
    const clock = () => systemClock() + frozenMs;
    using late = callRun(db, receiver, clock);
    using other = callRun(db, receiver, () => systemClock() + 60_000);
    const takenByOther: Attempt[] = [];
    let isFirst = true;
    const claim = async (limit: number): Promise<readonly Attempt[]> => {
      const claimed = isFirst ? await late.run.claim(limit) : [];
      if (isFirst) {
        takenByOther.push(...(await other.run.claim(limit)));
        frozenMs = 60_000;
      }
      isFirst = false;
      return claimed;
    };

    const summary = await callAttempts({ ...late.run, claim }, retryLimits(systemClock() + 60_000, 90_000));

    expect(takenByOther).toHaveLength(1);
    expect(summary).toMatchObject({ called: 0, released: 1 });
    expect(receiver.calls).toEqual([]);
    expect(await rows('SELECT attempts, lease_token FROM fulfilment_attempts')).toEqual([
      { attempts: 2, lease_token: takenByOther[0]?.leaseToken },
    ]);
  });
});

describe('a run that cannot write results', () => {
  test('fails when nothing is in flight any more, and starts no more calls than it had slots', async () => {
    await store(orderIds(200));
    const broken = new Error('the database is unavailable');
    const write = async () => {
      throw broken;
    };
    receiver.reply = ({ orderId }) => (orderId.endsWith('1') ? 'hang' : { status: 200 });

    const failed = callAttempts({ ...calls.run, write }, batchLimits(systemClock()));

    await expect(failed).rejects.toBe(broken);
    await until('no call is open', () => receiver.open() === 0);
    expect(receiver.calls.length).toBeLessThanOrEqual(50);
    expect(await statuses()).toEqual([{ status: 'PROCESSING', count: 200 }]);
  });
});
