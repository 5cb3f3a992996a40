import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createDatabase } from '../../../lib/postgres/database.ts';
import { type Lease, WINDOW_MS } from '../../../lib/rate-limits/permits.ts';
import { deleteExpiredLeases, leasePermits } from '../../../lib/rate-limits/sql/rate-limit-leases.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { until } from '../../support/until.ts';
import { leasedWindows } from './leased-windows.ts';

const window = Date.parse('2026-11-01T12:00:00Z');
let db: TestDatabase;

beforeAll(async () => {
  db = await freshDatabase();
});
beforeEach(async () => {
  await db.database.query('TRUNCATE rate_limit_leases');
});
afterAll(async () => {
  await db[Symbol.asyncDispose]();
});

const upTo = (atMost: number, atLeast = 1) => ({ atLeast, atMost });

test('two processes that lease at the same time get exactly the limit together', async () => {
  await using other = createDatabase(db.url);
  // Fewer sequences than connections, because waiting for a connection has a time limit.
  const sequences = Array.from({ length: 10 }, async (_, index) => {
    const database = (index % 2 === 0 ? db.database : other).within(30_000);
    const leases: Lease[] = [];
    while (leases.length < 12) {
      leases.push(await leasePermits(database, 'p', window, upTo(1 + (leases.length % 3)), 100));
    }
    return leases;
  });

  const granted = (await Promise.all(sequences)).flat().map((lease) => lease.granted);

  expect(granted.reduce((sum, permits) => sum + permits, 0)).toBe(100);
  expect(granted).toContain(0);
});

test('a lease has what is needed or nothing, and reports what is left', async () => {
  const leased = [
    await leasePermits(db.database, 'p', window, upTo(60, 50), 100),
    await leasePermits(db.database, 'p', window, upTo(50, 41), 100),
    await leasePermits(db.database, 'p', window, upTo(50, 40), 100),
    await leasePermits(db.database, 'p', window, upTo(1), 100),
  ];

  expect(leased).toEqual([
    { granted: 60, left: 40 },
    { granted: 0, left: 40 },
    { granted: 40, left: 0 },
    { granted: 0, left: 0 },
  ]);
});

test('a new window begins with the whole limit, and each principal has its own', async () => {
  await leasePermits(db.database, 'p', window, upTo(100), 100);

  expect(await leasePermits(db.database, 'other', window, upTo(5), 100)).toEqual({ granted: 5, left: 95 });
  expect(await leasePermits(db.database, 'p', window + WINDOW_MS, upTo(5), 100)).toEqual({
    granted: 5,
    left: 95,
  });
});

test('a process whose clock is a moment behind leases from the window that another process has begun', async () => {
  await leasePermits(db.database, 'p', window + WINDOW_MS, upTo(97), 100);

  expect(await leasePermits(db.database, 'p', window, upTo(5), 100)).toEqual({ granted: 3, left: 0 });
  expect(await leasePermits(db.database, 'p', window + WINDOW_MS, upTo(5), 100)).toEqual({
    granted: 0,
    left: 0,
  });
});

test('a clock that was an hour ahead does not block a principal', async () => {
  await leasePermits(db.database, 'p', window + 60 * WINDOW_MS, upTo(100), 100);

  expect(await leasePermits(db.database, 'p', window, upTo(5), 100)).toEqual({ granted: 5, left: 95 });
});

test('a limit that a deployment lowers applies at once', async () => {
  await leasePermits(db.database, 'p', window, upTo(80), 100);

  expect(await leasePermits(db.database, 'p', window, upTo(5), 50)).toEqual({ granted: 0, left: 0 });
});

test('the statement grants what the table on paper grants, for any requests', async () => {
  const request = fc.record({
    principal: fc.constantFrom('a', 'b'),
    minute: fc.integer({ min: 0, max: 3 }),
    atLeast: fc.integer({ min: 1, max: 20 }),
    more: fc.integer({ min: 0, max: 20 }),
    limit: fc.constantFrom(20, 50),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(request, { maxLength: 20 }), async (requests) => {
      await db.database.query('TRUNCATE rate_limit_leases');
      const paper = leasedWindows();
      for (const { principal, minute, atLeast, more, limit } of requests) {
        const start = window + minute * WINDOW_MS;
        const wanted = upTo(atLeast + more, atLeast);

        expect(await leasePermits(db.database, principal, start, wanted, limit)).toEqual(
          paper.lease(principal, start, wanted, limit),
        );
      }
    }),
    { numRuns: 40 },
  );
});

test('a lease changes its row in place, without a new entry in the index', async () => {
  const updates = async (): Promise<{ all: number; hot: number }> => {
    const { rows } = await db.database.query<{ all: number; hot: number }>(
      `SELECT n_tup_upd::int AS all, n_tup_hot_upd::int AS hot FROM pg_stat_user_tables
       WHERE relname = 'rate_limit_leases'`,
    );
    return rows[0] ?? { all: 0, hot: 0 };
  };
  const before = await updates();
  for (let index = 0; index <= 100; index += 1) {
    await leasePermits(db.database, 'p', window + index * WINDOW_MS, upTo(1), 100);
  }

  await until('the updates are counted', async () => (await updates()).all >= before.all + 100);

  const after = await updates();
  expect(after.hot - before.hot).toBe(after.all - before.all);
});

test('a lease does not wait for the disk, so that many processes can lease from one row within the deadline', async () => {
  const { rows } = await db.database.query(
    "SELECT relpersistence FROM pg_class WHERE relname = 'rate_limit_leases'",
  );
  expect(rows).toEqual([{ relpersistence: 'u' }]); // with fsync on, 90 leases of a row at once take 15 ms instead of 60
});

test('expired leases are deleted, and current ones stay', async () => {
  await leasePermits(db.database, 'old', window, upTo(1), 100);
  await leasePermits(db.database, 'current', window + WINDOW_MS, upTo(1), 100);

  expect(await deleteExpiredLeases(db.database, window + WINDOW_MS, 10)).toBe(1);

  const { rows } = await db.database.query('SELECT principal FROM rate_limit_leases');
  expect(rows).toEqual([{ principal: 'current' }]);
});
