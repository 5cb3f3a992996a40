import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type DeadLetterSelection, LETTERS_PER_ROUND } from '../../../lib/dead-letters/dead-letter.ts';
import { discardDeadLetters } from '../../../lib/dead-letters/discard-dead-letters.ts';
import { type RedrivenLetters, redriveDeadLetters } from '../../../lib/dead-letters/redrive-dead-letters.ts';
import { insertDeadLetters } from '../../../lib/dead-letters/sql/insert-dead-letters.ts';
import { freshDatabase, queryOnce, type TestDatabase } from '../../support/database.ts';
import { keepExhausted, keepLetter, letterState } from '../../support/dead-letters.ts';
import { aRecord } from '../../support/records.ts';
import { until } from '../../support/until.ts';

const now = Date.parse('2026-11-01T12:00:00Z');
let db: TestDatabase;

beforeAll(async () => {
  db = await freshDatabase();
});
beforeEach(async () => {
  await rows('TRUNCATE orders, fulfilment_attempts, dead_letters, outbox, audit_log');
});
afterAll(async () => {
  await db[Symbol.asyncDispose]();
});

async function rows(sql: string, ...values: unknown[]): Promise<Record<string, unknown>[]> {
  return (await db.database.query(sql, values)).rows;
}

const keep = (parts: Parameters<typeof keepLetter>[1] = {}) => keepLetter(db.database, { at: now, ...parts });
const redrive = (choice: DeadLetterSelection, at = now): Promise<RedrivenLetters> =>
  redriveDeadLetters(db.database, choice, 'cli:alice', () => at);

/** Returns the rows to send: per row the letters in order, and the versions. */
const sent = () =>
  rows(`SELECT dead_letter_ids AS ids, versions FROM outbox WHERE kind = 'redrive' ORDER BY id`);

describe('redriving one letter', () => {
  test('closes the letter, inserts it into the outbox and records the actor, all at the time of the redrive', async () => {
    const id = await keep();

    const done = await redrive({ ids: [id] });

    expect(done).toMatchObject({ redriven: [id], addedByKey: [], skipped: [], next: undefined });
    expect(await rows('SELECT state, refusals, changed_at FROM dead_letters')).toEqual([
      { state: 'redriven', refusals: 1, changed_at: new Date(now) },
    ]);
    expect(
      await rows(`SELECT id, created_at, dead_letter_ids, versions FROM outbox WHERE kind = 'redrive'`),
    ).toEqual([
      { id: done.outboxIds[0], created_at: new Date(now), dead_letter_ids: [id], versions: [null] },
    ]);
    expect(await rows('SELECT at, actor, action, details FROM audit_log')).toEqual([
      { at: new Date(now), actor: 'cli:alice', action: 'dead_letter.redriven', details: { ids: [id] } },
    ]);
  });

  test('also redrives all open letters of its key in offset order, independent of the order of their insertion', async () => {
    const key = Buffer.from('order-7');
    const third = await keep({ key, offset: 30 });
    const first = await keep({ key, offset: 10 });
    const second = await keep({ key, offset: 20 });
    const other = await keep({ key: Buffer.from('order-8') });

    const done = await redrive({ ids: [second] });

    expect(done).toMatchObject({ redriven: [first, second, third], addedByKey: [first, third] });
    expect(await sent()).toEqual([{ ids: [first, second, third], versions: [null, null, null] }]);
    expect(await letterState(db.database, other)).toBe('open');
  });

  test('also redrives letters of its key on several partitions, in the order of their insertion', async () => {
    const key = Buffer.from('order-7');
    const first = await keep({ key, partition: 4, offset: 90 });
    const second = await keep({ key, partition: 1, offset: 5 });

    const done = await redrive({ ids: [second] });

    expect(done.redriven).toEqual([first, second]);
  });

  test('does not redrive closed letters, nor letters with the same key on another topic', async () => {
    const key = Buffer.from('order-7');
    const discarded = await keep({ key });
    await discardDeadLetters(db.database, { ids: [discarded] }, { actor: 'cli:alice' }, () => now);
    const elsewhere = await keep({ key, topic: 'payments' });
    const chosen = await keep({ key });

    const done = await redrive({ ids: [chosen] });

    expect(done.redriven).toEqual([chosen]);
    expect(await letterState(db.database, discarded)).toBe('discarded');
    expect(await letterState(db.database, elsewhere)).toBe('open');
  });

  test('without a key, or with an empty key, does not redrive letters of the other kind', async () => {
    const keyless = await keep({ key: null });
    const keylessToo = await keep({ key: null });
    const empty = await keep({ key: Buffer.alloc(0) });

    const done = await redrive({ ids: [keyless, empty] });

    expect(done).toMatchObject({ redriven: [keyless, empty], addedByKey: [] });
    expect(await sent()).toMatchObject([{ ids: [keyless] }, { ids: [empty] }]);
    expect(await letterState(db.database, keylessToo)).toBe('open');
  });

  test.each<[string, Buffer]>([
    ['of 1 MB', Buffer.alloc(1_000_000, 'k')],
    ['with NUL bytes', Buffer.from([0, 0, 1])],
    ['that is not UTF-8', Buffer.from([0xff, 0xc0, 0x80])],
  ])('recognises letters of one key %s', async (_, key) => {
    const first = await keep({ key });
    const second = await keep({ key });
    await keep({ key: Buffer.concat([key, Buffer.from('x')]) });

    const done = await redrive({ ids: [second] });

    expect(done.redriven).toEqual([first, second]);
  });
});

describe('many letters of one key', () => {
  const key = Buffer.from('constant');

  test('are sent in rows of at most 200, in sequence', async () => {
    const ids = await keepMany(Array.from({ length: 450 }, () => key));

    const done = await redrive({ ids: ids.slice(7, 8) });

    expect(done.redriven).toEqual(ids);
    expect(done.outboxIds).toHaveLength(3);
    expect((await sent()).map((row) => row.ids)).toEqual([
      ids.slice(0, 200),
      ids.slice(200, 400),
      ids.slice(400),
    ]);
  });

  test('are sent in rows of at most 2 MB, and a larger letter alone', async () => {
    const ids: string[] = [];
    for (const bytes of [900_000, 900_000, 900_000, 3_000_000, 10, 10]) {
      ids.push(await keep({ key, value: Buffer.alloc(bytes, 'x') }));
    }

    await redrive({ ids: ids.slice(0, 1) });

    expect((await sent()).map((row) => row.ids)).toEqual([
      ids.slice(0, 2),
      ids.slice(2, 3),
      ids.slice(3, 4),
      ids.slice(4),
    ]);
  });

  test('do not slow down the insertion of another letter', async () => {
    await queryOnce(
      db.url,
      `INSERT INTO dead_letters (topic, partition, "offset", timestamp_ms, event_id, key, value, headers, code, message)
       SELECT 'orders', 0, nr, 1, gen_random_uuid(), 'constant', 'x', '[]', 'not_json', 'm' FROM generate_series(1, 30000) AS nr`,
    );

    const touched = await db.database.transaction(async (transaction) => {
      const counts: number[] = [];
      for (const offset of [30_001, 30_002, 30_003]) {
        const plan = await transaction.query(
          `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)
           INSERT INTO dead_letters (topic, partition, "offset", timestamp_ms, event_id, key, value, headers, code, message)
           SELECT 'orders', 0, ${offset}, 1, gen_random_uuid(), 'constant', 'x', '[]', 'not_json', 'm'`,
        );
        counts.push(Number(JSON.stringify(plan.rows).match(/"Shared Hit Blocks":(\d+)/)?.[1]));
      }
      return Math.min(...counts); // the first insertion of a session also reads the catalogs
    });

    expect(touched).toBeGreaterThan(0);
    expect(touched).toBeLessThan(50); // a few in each index; a chain of this key alone would have about 75
  });
});

describe('a letter that cannot be redriven', () => {
  test('is reported with its reason, and the other letters are redriven', async () => {
    const redriven = await keep({ key: Buffer.from('a') });
    await redrive({ ids: [redriven] });
    const discarded = await keep({ key: Buffer.from('b') });
    await discardDeadLetters(db.database, { ids: [discarded] }, { actor: 'cli:alice' }, () => now);
    const open = await keep({ key: Buffer.from('c') });

    const done = await redrive({ ids: [redriven, discarded, open, '999999'] });

    expect(done.redriven).toEqual([open]);
    expect(done.skipped).toEqual([
      { id: redriven, reason: 'redriven' },
      { id: discarded, reason: 'discarded' },
      { id: '999999', reason: 'not_found' },
    ]);
    expect(await sent()).toMatchObject([{ ids: [redriven] }, { ids: [open] }]);
  });

  test('leaves no trace when no letter was open', async () => {
    const done = await redrive({ ids: ['999999'] });

    expect(done).toMatchObject({ redriven: [], outboxIds: [] });
    expect(await sent()).toEqual([]);
    expect(await rows('SELECT FROM audit_log')).toEqual([]);
  });
});

describe('a letter of an order whose attempts are exhausted', () => {
  test('requests a retry at the version of the order, in its place among the letters of the key', async () => {
    const before = await keep({ key: Buffer.from('order-1') });
    const exhausted = await keepExhausted(db.database, 'order-1', 4);
    const after = await keep({ key: Buffer.from('order-1') });

    const done = await redrive({ ids: [exhausted] });

    expect(done).toMatchObject({ redriven: [before, exhausted, after], skipped: [] });
    expect(await sent()).toEqual([{ ids: [before, exhausted, after], versions: [null, 4, null] }]);
  });

  test.each([
    ['is being retried already', `UPDATE fulfilment_attempts SET next_attempt_at = now()`],
    ['has another end state', `UPDATE orders SET status = 'COMPLETED', version = 5`],
    ['has no remaining attempts', `DELETE FROM fulfilment_attempts`],
  ])('stays open when the order %s, and the other letters of its key are redriven', async (_, change) => {
    const exhausted = await keepExhausted(db.database, 'order-1', 4);
    const other = await keep({ key: Buffer.from('order-1') });
    await rows(change);

    const done = await redrive({ ids: [exhausted] });

    expect(done).toMatchObject({
      redriven: [other],
      addedByKey: [other],
      skipped: [{ id: exhausted, reason: 'order_not_exhausted' }],
    });
    expect(await letterState(db.database, exhausted)).toBe('open');
    expect(await sent()).toEqual([{ ids: [other], versions: [null] }]);
  });
});

describe('redriving by a filter', () => {
  test('redrives the matching letters, and other letters of the same keys', async () => {
    const key = Buffer.from('order-7');
    const fits = await keep({ key, code: 'order_unknown' });
    const along = await keep({ key, code: 'not_json' });
    await keep({ key: Buffer.from('order-8'), code: 'not_json' });

    const done = await redrive({ filter: { code: 'order_unknown' } });

    expect(done).toMatchObject({ redriven: [fits, along], addedByKey: [along], skipped: [] });
  });

  test('continues round by round, and ignores letters that were reopened since it began', async () => {
    await keepMany(keysFrom(0, LETTERS_PER_ROUND));
    await keepMany(keysFrom(0, 20)); // later letters of the same keys
    await keepMany(keysFrom(LETTERS_PER_ROUND, 30));

    const first = await redrive({ filter: {} });
    const [rejectedAgain] = await rows(
      `UPDATE dead_letters SET state = 'open', changed_at = $1 WHERE id = (SELECT id FROM dead_letters
       WHERE state = 'redriven' ORDER BY id DESC LIMIT 1) RETURNING id`,
      new Date(now + 1),
    );
    const second = await redrive(first.next ?? { ids: [] }, now + 2);

    expect(first.redriven).toHaveLength(LETTERS_PER_ROUND + 20);
    expect(first.addedByKey).toEqual([]); // they match too
    expect(second.redriven).toHaveLength(30);
    expect(second.redriven).not.toContain(rejectedAgain?.id);
    expect(second.next).toBeUndefined();
  });

  test('continues when another process redrives letters of a round before they are locked', async () => {
    const [taken = ''] = await keepMany(keysFrom(0, LETTERS_PER_ROUND));
    await keepMany(keysFrom(LETTERS_PER_ROUND, 30));
    let round: Promise<RedrivenLetters> | undefined;

    await db.database.transaction(async (other) => {
      await other.query(`UPDATE dead_letters SET state = 'redriven' WHERE id = $1`, [taken]);
      round = redrive({ filter: {} });
      await until('the round waits for the letter', async () => {
        const waiting = await rows(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return waiting.length > 0;
      });
    });
    const first = await round;
    const second = await redrive(first?.next ?? { ids: [] });

    expect(first?.redriven).toHaveLength(LETTERS_PER_ROUND - 1);
    expect(first?.redriven).not.toContain(taken);
    expect(second.redriven).toHaveLength(30);
    expect(second.next).toBeUndefined();
  });
});

let nextOffset = 0;

const keysFrom = (from: number, count: number): Buffer[] =>
  Array.from({ length: count }, (_, index) => Buffer.from(`many-${from + index}`));

/** Inserts a letter per key, and returns the ids in this order. */
async function keepMany(keys: readonly Buffer[]): Promise<string[]> {
  const letters = keys.map((key) => {
    nextOffset += 1;
    const record = aRecord({ offset: nextOffset, key });
    return { code: 'not_json' as const, message: 'the value is not JSON', record };
  });
  await insertDeadLetters(db.database, letters, now - 1);
  const kept = await rows(
    'SELECT id FROM dead_letters WHERE "offset" > $1 ORDER BY "offset"',
    nextOffset - keys.length,
  );
  return kept.map(({ id }) => `${id}`);
}

test('two concurrent redrives send each letter once', async () => {
  const keys = Array.from({ length: 60 }, (_, nr) => Buffer.from(`order-${nr % 20}`));
  const ids = await keepMany(keys);

  const done = await Promise.all([
    redrive({ filter: {} }),
    redrive({ ids: ids.toReversed() }),
    redrive({ filter: { code: 'not_json' } }),
  ]);

  const all = done.flatMap(({ redriven }) => redriven);
  expect(all.toSorted()).toEqual(ids.toSorted());
  expect((await sent()).flatMap((row) => row.ids)).toHaveLength(60);
  expect(await rows('SELECT FROM audit_log')).toHaveLength(1);
});

test('a redrive whose audit entry cannot be written changes nothing', async () => {
  const id = await keep();
  await rows(`ALTER TABLE audit_log ADD CONSTRAINT nobody CHECK (actor <> 'cli:alice')`);

  const failed = await redrive({ ids: [id] }).catch((error: unknown) => error);
  await rows('ALTER TABLE audit_log DROP CONSTRAINT nobody');

  expect(failed).toMatchObject({ code: 'database_refused' });
  expect(await letterState(db.database, id)).toBe('open');
  expect(await sent()).toEqual([]);
});
