import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Attempt, CallResult } from '../../../lib/fulfilment/attempt.ts';
import { type FulfilmentAttempts, fulfilmentAttempts } from '../../../lib/fulfilment/fulfilment-attempts.ts';
import { selectPendingFulfilment } from '../../../lib/fulfilment/sql/fulfilment-attempts.ts';
import { NOON } from '../../support/attempts.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { orderIds, storeWaitingOrders } from '../../support/waiting-orders.ts';

const HOUR_MS = 3_600_000;
const LEASE_MS = 30_000;

const fulfilled: CallResult = { kind: 'fulfilled' };
const retryable: CallResult = { kind: 'retryable', reason: 'the receiver responded with status 503' };

let db: TestDatabase;
let now: number;
let attempts: FulfilmentAttempts;

beforeEach(async () => {
  db = await freshDatabase();
  now = NOON;
  attempts = fulfilmentAttempts(
    db.database,
    () => now,
    () => 1,
  );
});

afterEach(async () => {
  await db[Symbol.asyncDispose]();
});

const store = (ids: readonly string[]): Promise<void> => storeWaitingOrders(db.database, () => now, ids);

const rows = async (sql: string): Promise<Record<string, unknown>[]> => (await db.database.query(sql)).rows;

const write = (taken: readonly Attempt[], result: CallResult) =>
  attempts.write(taken.map((attempt) => ({ attempt, result })));

const idsOf = (taken: readonly Attempt[]): string[] => taken.map(({ order }) => order.orderId).sort();

const waitingRows = () =>
  rows('SELECT order_id, attempts, next_attempt_at, lease_token FROM fulfilment_attempts ORDER BY order_id');

describe('claiming attempts', () => {
  test('gives each attempt to one worker only, even if many claim at the same time', async () => {
    await store(orderIds(100));

    const taken = await Promise.all(Array.from({ length: 8 }, () => attempts.claimDue(20)));

    const all = taken.flat();
    expect(new Set(idsOf(all)).size).toBe(all.length);
    expect(new Set(all.map(({ leaseToken }) => leaseToken)).size).toBe(all.length);
    expect(idsOf([...all, ...(await attempts.claimDue(100))])).toEqual(orderIds(100));
  });

  test('returns the stored order and the record that created it, and counts the call', async () => {
    await store(['o-1']);

    const [attempt] = await attempts.claimDue(1);

    expect(attempt).toMatchObject({
      order: { orderId: 'o-1', status: 'PROCESSING', version: 1, priceCents: 1_000 },
      attempts: 1,
      retriedAfter: 0,
      waitingSince: NOON,
      leasedUntil: NOON + LEASE_MS,
      record: {
        topic: 'orders',
        partition: 0,
        offset: 0,
        timestamp: NOON,
        key: Buffer.from('o-1'),
        headers: [],
      },
    });
  });

  test('begins with the attempts that have been due longest', async () => {
    now = NOON + 2;
    await store(['late']);
    now = NOON;
    await store(['early']);
    now = NOON + 10;

    expect(idsOf(await attempts.claimDue(1))).toEqual(['early']);
  });

  test('skips an attempt that is not due, and returns it again when the lease of a dead worker ends', async () => {
    await store(['o-1']);
    const [first] = await attempts.claimDue(1);

    now += LEASE_MS - 1;
    const tooEarly = await attempts.claimDue(1);
    now += 1;
    const [second] = await attempts.claimDue(1);

    expect(tooEarly).toEqual([]);
    expect(second).toMatchObject({ attempts: 2 });
    expect(second?.leaseToken).not.toBe(first?.leaseToken);
  });

  test('of given orders skips other orders, and ends when each order was checked once', async () => {
    await store(orderIds(10));
    const wanted = orderIds(10).slice(0, 7);
    const take = attempts.claimFor(['unknown-1', 'unknown-2', 'unknown-3', ...wanted]);

    const taken = [await take(3), await take(3), await take(3), await take(3)];

    expect(taken.map(({ length }) => length)).toEqual([3, 3, 1, 0]);
    expect(idsOf(taken.flat())).toEqual(wanted);
  });

  test('of given orders finds those that were never called for, although the local clock is behind', async () => {
    await store(['o-1']);
    now -= 60_000;

    expect(await attempts.claimDue(1)).toEqual([]);
    expect(idsOf(await attempts.claimFor(['o-1'])(1))).toEqual(['o-1']);
  });

  test('of given orders respects leases and back-off: a repeated event causes no second call', async () => {
    await store(['leased', 'paused']);
    await attempts.claimFor(['leased'])(1);
    await write(await attempts.claimFor(['paused'])(1), retryable);

    expect(await attempts.claimFor(['leased', 'paused'])(2)).toEqual([]);
  });
});

describe('writing the results of calls', () => {
  test('completes orders, with one history entry each, one row of the outbox for all, and no pending attempt', async () => {
    await store(['o-1', 'o-2']);
    const taken = await attempts.claimDue(2);
    now += 500;

    const written = await write(taken, fulfilled);

    expect(written).toMatchObject({ completed: 2, failed: 0, postponed: 0, leaseLost: 0, deadLetters: [] });
    expect(written.outbox).toMatchObject([
      { messages: [{ topic: 'orders.status', value: { status: 'COMPLETED', version: 2 } }, { key: 'o-2' }] },
    ]);
    expect(
      await rows('SELECT order_id, status, status_reason, version, updated_at FROM orders ORDER BY 1'),
    ).toEqual(
      ['o-1', 'o-2'].map((order_id) => ({
        order_id,
        status: 'COMPLETED',
        status_reason: null,
        version: 2,
        updated_at: new Date(now),
      })),
    );
    expect(
      await rows(
        "SELECT event_id, event_type, version FROM order_status_history WHERE version = 2 AND order_id = 'o-1'",
      ),
    ).toEqual([
      {
        event_id: taken.find(({ order }) => order.orderId === 'o-1')?.leaseToken,
        event_type: 'order.fulfilled',
        version: 2,
      },
    ]);
    expect(await rows('SELECT kind, order_ids, versions FROM outbox')).toMatchObject([
      { kind: 'order_status', versions: [2, 2] },
    ]);
    expect(await waitingRows()).toEqual([]);
  });

  test('fails an order that was rejected, with the reason', async () => {
    await store(['o-1']);

    await write(await attempts.claimDue(1), { kind: 'rejected', reason: 'sold out' });

    expect(await rows('SELECT status, status_reason, version FROM orders')).toEqual([
      { status: 'FAILED', status_reason: 'sold out', version: 2 },
    ]);
    expect(await rows('SELECT event_type FROM order_status_history WHERE version = 2')).toEqual([
      { event_type: 'order.fulfilment_refused' },
    ]);
    expect(await waitingRows()).toEqual([]);
    expect(await rows('SELECT FROM dead_letters')).toEqual([]);
  });

  test('postpones an order without an outcome, and stores its next call and the reason', async () => {
    await store(['o-1']);

    const written = await write(await attempts.claimDue(1), retryable);

    expect(written).toMatchObject({ completed: 0, failed: 0, postponed: 1, leaseLost: 0, outbox: [] });
    expect(await waitingRows()).toEqual([
      { order_id: 'o-1', attempts: 1, next_attempt_at: new Date(NOON + 2_000), lease_token: null },
    ]);
    expect(await selectPendingFulfilment(db.database, 'o-1')).toEqual({
      attempts: 1,
      nextAttemptAt: NOON + 2_000,
    });
    expect(await attempts.nextDueAt()).toBe(NOON + 2_000);
    expect(await rows('SELECT status, version FROM orders')).toEqual([{ status: 'PROCESSING', version: 1 }]);
  });

  test.each<[string, CallResult]>([
    ['completed', fulfilled],
    ['rejected', { kind: 'rejected', reason: 'sold out' }],
    ['retryable', retryable],
  ])('writes nothing for a worker whose lease ended while it was frozen: %s', async (_name, result) => {
    await store(['o-1']);
    const frozen = await attempts.claimDue(1);
    now += LEASE_MS;
    const other = await attempts.claimDue(1);
    const before = await waitingRows();

    const late = await write(frozen, result);
    const after = await waitingRows();
    const written = await write(other, { kind: 'rejected', reason: 'of the other' });

    expect(late).toMatchObject({ completed: 0, failed: 0, postponed: 0, leaseLost: 1, outbox: [] });
    expect(after).toEqual(before);
    expect(written).toMatchObject({ failed: 1, leaseLost: 0 });
    expect(await rows('SELECT status, status_reason, version FROM orders')).toEqual([
      { status: 'FAILED', status_reason: 'of the other', version: 2 },
    ]);
  });

  test('writes the same result once, however often it is written', async () => {
    await store(['o-1']);
    const taken = await attempts.claimDue(1);

    const both = await Promise.all([write(taken, fulfilled), write(taken, fulfilled)]);

    expect(both.map(({ completed }) => completed).sort()).toEqual([0, 1]);
    expect(await rows('SELECT version FROM orders')).toEqual([{ version: 2 }]);
    expect(await rows('SELECT FROM order_status_history')).toHaveLength(2);
    expect(await rows('SELECT FROM outbox')).toHaveLength(1);
  });

  test('writes a group with results of every kind', async () => {
    await store(orderIds(30));
    const taken = await attempts.claimDue(30);
    const results = [fulfilled, { kind: 'rejected', reason: 'sold out' }, retryable] satisfies CallResult[];

    const written = await attempts.write(
      taken.map((attempt, index) => ({ attempt, result: results[index % 3] ?? fulfilled })),
    );

    expect(written).toMatchObject({ completed: 10, failed: 10, postponed: 10, leaseLost: 0 });
    expect(await rows('SELECT status, count(*)::int FROM orders GROUP BY 1 ORDER BY 1')).toEqual([
      { status: 'COMPLETED', count: 10 },
      { status: 'FAILED', count: 10 },
      { status: 'PROCESSING', count: 10 },
    ]);
  });
});

describe('an order whose attempts are exhausted', () => {
  test('is FAILED, keeps its attempts without a due time, and becomes a dead letter with its record', async () => {
    await store(['o-1']);
    await rows(
      `UPDATE fulfilment_attempts SET attempts = 9, waiting_since = '${new Date(NOON - 25 * HOUR_MS).toISOString()}'`,
    );

    const written = await write(await attempts.claimDue(1), retryable);

    const message =
      'no outcome after 10 calls in 25 hours; the last result: the receiver responded with status 503';
    expect(written).toMatchObject({ failed: 1, deadLetters: [{ code: 'attempts_exhausted', message }] });
    expect(written.outbox).toMatchObject([
      { messages: [{ topic: 'orders.status', value: { status: 'FAILED', version: 2 } }] },
      { messages: [{ topic: 'orders.dlq' }] },
    ]);
    expect(await rows('SELECT status, status_reason, version FROM orders')).toEqual([
      { status: 'FAILED', status_reason: `attempts_exhausted: ${message}`, version: 2 },
    ]);
    expect(await rows('SELECT code, message, state, "offset", key FROM dead_letters')).toEqual([
      { code: 'attempts_exhausted', message, state: 'open', offset: '0', key: Buffer.from('o-1') },
    ]);
    expect(await rows('SELECT kind FROM outbox ORDER BY id')).toEqual([
      { kind: 'order_status' },
      { kind: 'dead_letter' },
    ]);
    expect(await waitingRows()).toEqual([
      { order_id: 'o-1', attempts: 10, next_attempt_at: null, lease_token: null },
    ]);
  });

  test('is neither claimed nor waited for again', async () => {
    await store(['o-1']);
    await rows(`UPDATE fulfilment_attempts SET attempts = 9, waiting_since = '2020-01-01'`);
    await write(await attempts.claimDue(1), retryable);
    now += 1_000 * HOUR_MS;

    expect(await attempts.claimDue(1)).toEqual([]);
    expect(await attempts.claimFor(['o-1'])(1)).toEqual([]);
    expect(await attempts.nextDueAt()).toBeUndefined();
    expect(await selectPendingFulfilment(db.database, 'o-1')).toBeUndefined();
  });
});

describe('releasing attempts', () => {
  test('makes them due at once, as if they had not been claimed', async () => {
    await store(['o-1']);
    const taken = await attempts.claimDue(1);
    now += 1_000;

    await attempts.release(taken);

    expect(await waitingRows()).toEqual([
      { order_id: 'o-1', attempts: 0, next_attempt_at: new Date(now), lease_token: null },
    ]);
    expect(await attempts.claimFor(['o-1'])(1)).toMatchObject([{ attempts: 1 }]);
  });

  test('does not change attempts that another worker holds', async () => {
    await store(['o-1']);
    const frozen = await attempts.claimDue(1);
    now += LEASE_MS;
    await attempts.claimDue(1);
    const before = await waitingRows();

    await attempts.release(frozen);

    expect(await waitingRows()).toEqual(before);
  });
});
