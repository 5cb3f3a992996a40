import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { WINDOW_MS } from '../../../lib/rate-limits/permits.ts';
import { leasePermits } from '../../../lib/rate-limits/sql/rate-limit-leases.ts';
import { type PruneReport, prune } from '../../../lib/retention/prune.ts';
import { claimWaitSlot } from '../../../lib/waiting/wait-slots.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';

const now = Date.parse('2026-11-01T12:00:00Z');
const HOUR_MS = 3_600_000;
let db: TestDatabase;

beforeAll(async () => {
  db = await freshDatabase();
});
beforeEach(async () => {
  await db.database.query('TRUNCATE idempotency_keys, dead_letters, outbox, rate_limit_leases');
});
afterAll(async () => {
  await db[Symbol.asyncDispose]();
});

const run = (timeLeftMs = () => 60_000): Promise<PruneReport> =>
  prune({ database: db.database, clock: () => now, timeLeftMs });

const before = (ageMs: number): string => new Date(now - ageMs).toISOString();

async function insertKeys(name: string, ageMs: number, count = 1): Promise<void> {
  await db.database.query(
    `INSERT INTO idempotency_keys (principal, key, fingerprint, commands, created_at, produced_at)
     SELECT 'p', $1 || nr, '', '[]', $2::timestamptz, CASE WHEN nr % 2 = 0 THEN now() END FROM generate_series(1, $3::int) AS nr`,
    [name, before(ageMs), count],
  );
}

/** Inserts a letter in this state since this time; its offset identifies it. */
async function insertLetter(offset: number, state: string, ageMs: number): Promise<string> {
  const { rows } = await db.database.query<{ id: string }>(
    `INSERT INTO dead_letters (topic, partition, "offset", timestamp_ms, event_id, headers, code, message,
                               created_at, state, changed_at)
     VALUES ('t', 0, $1, 0, gen_random_uuid(), '[]', 'not_json', '', '2020-01-01Z', $2, $3) RETURNING id`,
    [offset, state, before(ageMs)],
  );
  return rows[0]?.id ?? '';
}

async function left(column: string, table: string): Promise<unknown[]> {
  const { rows } = await db.database.query(`SELECT ${column} AS left FROM ${table} ORDER BY 1`);
  return rows.map((row) => row.left);
}

test('leases of permits are deleted after an hour', async () => {
  const one = { atLeast: 1, atMost: 1 };
  await leasePermits(db.database, 'old', now - HOUR_MS - WINDOW_MS, one, 100);
  await leasePermits(db.database, 'recent', now - HOUR_MS, one, 100);

  const report = await run();

  expect(report).toMatchObject({ rateLimitLeases: 1, done: true });
  expect(await left('principal', 'rate_limit_leases')).toEqual(['recent']);
});

test('abandoned wait slots are deleted once their time is over', async () => {
  await claimWaitSlot(db.database, 'gone', 1, 0);
  await claimWaitSlot(db.database, 'waiting', 1, 60_000);

  await run();

  expect(await left('principal', 'wait_slots')).toEqual(['waiting']);
});

describe('Idempotency-Keys', () => {
  test('are deleted after 24 hours, whether their commands were produced or not', async () => {
    await insertKeys('old', 24 * HOUR_MS + 1, 2);
    await insertKeys('young', 24 * HOUR_MS, 2);

    const report = await run();

    expect(report).toEqual({ idempotencyKeys: 2, deadLetters: 0, rateLimitLeases: 0, done: true });
    expect(await left('key', 'idempotency_keys')).toEqual(['young1', 'young2']);
  });

  test('are deleted in several statements if there are many', async () => {
    await insertKeys('old', 25 * HOUR_MS, 12_000);

    const report = await run();

    expect(report).toMatchObject({ idempotencyKeys: 12_000, done: true });
    expect(await left('key', 'idempotency_keys')).toEqual([]);
  });

  test('are deleted in the next run when the time is nearly over', async () => {
    await insertKeys('old', 25 * HOUR_MS, 12_000);
    let timeLeftMs = 40_000;
    const passing = (): number => {
      timeLeftMs -= 10_000;
      return timeLeftMs;
    };

    const first = await run(passing);
    const second = await run();

    expect(first).toEqual({ idempotencyKeys: 10_000, deadLetters: 0, rateLimitLeases: 0, done: false });
    expect(second).toMatchObject({ idempotencyKeys: 2_000, done: true });
  });

  test('stay for the next run while they are locked, and do not block the run', async () => {
    await insertKeys('old', 25 * HOUR_MS, 2);

    const report = await db.database.transaction(async (transaction) => {
      await transaction.query("SELECT FROM idempotency_keys WHERE key = 'old1' FOR UPDATE");
      return run();
    });

    expect(report).toMatchObject({ idempotencyKeys: 1, done: true });
    expect(await left('key', 'idempotency_keys')).toEqual(['old1']);
  });
});

describe('dead letters', () => {
  test('are deleted 30 days after they were redriven or discarded; open ones stay', async () => {
    await insertLetter(1, 'redriven', 720 * HOUR_MS + 1);
    await insertLetter(2, 'discarded', 720 * HOUR_MS + 1);
    await insertLetter(3, 'open', 10_000 * HOUR_MS);
    await insertLetter(4, 'redriven', 720 * HOUR_MS);

    const report = await run();

    expect(report).toEqual({ idempotencyKeys: 0, deadLetters: 2, rateLimitLeases: 0, done: true });
    expect(await left('"offset"::int', 'dead_letters')).toEqual([3, 4]);
  });

  test('stay while a row of the outbox needs their record', async () => {
    const letter = await insertLetter(1, 'redriven', 1_000 * HOUR_MS);
    await db.database.query(
      `INSERT INTO outbox (created_at, kind, dead_letter_ids, set_aside_at, error)
       VALUES ($1, 'redrive', $2, $1, 'rejected')`,
      [before(1_000 * HOUR_MS), [letter]],
    );

    const report = await run();

    expect(report).toMatchObject({ deadLetters: 0, done: true });
    expect(await left('"offset"::int', 'dead_letters')).toEqual([1]);
    expect(await left('error', 'outbox')).toEqual(['rejected']);
  });
});
