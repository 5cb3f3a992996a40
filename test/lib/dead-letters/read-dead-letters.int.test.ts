import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { DeadLetterSummary } from '../../../lib/dead-letters/dead-letter.ts';
import {
  type DeadLetterQuery,
  listDeadLetters,
  showDeadLetter,
} from '../../../lib/dead-letters/read-dead-letters.ts';
import { redriveDeadLetters } from '../../../lib/dead-letters/redrive-dead-letters.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { keepLetter } from '../../support/dead-letters.ts';

const now = Date.parse('2026-11-01T12:00:00Z');
let db: TestDatabase;

beforeAll(async () => {
  db = await freshDatabase();
});
beforeEach(async () => {
  await db.database.query('TRUNCATE dead_letters, outbox, audit_log');
});
afterAll(async () => {
  await db[Symbol.asyncDispose]();
});

const keep = (parts: Parameters<typeof keepLetter>[1] = {}) => keepLetter(db.database, { at: now, ...parts });
const idsOf = (letters: readonly DeadLetterSummary[]): string[] => letters.map(({ id }) => id);
const list = (query: Partial<DeadLetterQuery> = {}) =>
  listDeadLetters(db.database, { state: undefined, limit: 100, ...query });

describe('the list of dead letters', () => {
  test('contains the code, position and size of each letter, with the first 256 bytes of its key', async () => {
    const key = Buffer.alloc(1_000_000, 'k');
    const id = await keep({ key, value: null, partition: 3, offset: 17, message: 'why' });

    const { letters, next } = await list();

    expect(letters).toEqual([
      {
        id,
        state: 'open',
        code: 'not_json',
        message: 'why',
        refusals: 1,
        topic: 'orders',
        partition: 3,
        offset: 17,
        keyStart: key.subarray(0, 256),
        keyBytes: 1_000_000,
        valueBytes: null,
        createdAt: now,
        changedAt: now,
      },
    ]);
    expect(next).toBeUndefined();
  });

  test('is read page by page, newest first, and misses no letter while letters are inserted', async () => {
    const ids: string[] = [];
    for (let nr = 0; nr < 5; nr += 1) {
      ids.unshift(await keep());
    }

    const first = await list({ limit: 2 });
    await keep();
    const second = await list({ limit: 2, cursor: first.next });
    const third = await list({ limit: 2, cursor: second.next });

    expect([first, second, third].flatMap(({ letters }) => idsOf(letters))).toEqual(ids);
    expect(third.next).toBeUndefined();
  });

  test.each<[string, Partial<DeadLetterQuery>, string[]]>([
    ['state', { state: 'redriven' }, ['a']],
    ['code', { code: 'order_unknown' }, ['b']],
    ['topic', { topic: 'payments' }, ['c']],
    ['key', { key: Buffer.from('a') }, ['a']],
    ['the start time', { since: now + 1_000 }, ['c', 'b']],
    ['the end time', { until: now + 1_000 }, ['a']],
    ['two of these', { since: now + 1_000, until: now + 2_000 }, ['b']],
  ])('can be filtered by %s', async (_, query, expected) => {
    const a = await keep({ key: Buffer.from('a') });
    const b = await keep({ key: Buffer.from('b'), code: 'order_unknown', at: now + 1_000 });
    const c = await keep({ key: Buffer.from('c'), topic: 'payments', at: now + 2_000 });
    await redriveDeadLetters(db.database, { ids: [a] }, 'cli:alice', () => now);

    const { letters } = await list(query);

    const names = new Map([
      [a, 'a'],
      [b, 'b'],
      [c, 'c'],
    ]);
    expect(idsOf(letters).map((id) => names.get(id))).toEqual(expected);
  });
});

describe('one dead letter', () => {
  test('is returned with its unchanged record, and with its own actions only', async () => {
    const headers = [
      ['event-id', Buffer.from('0199a9a0-0000-7000-8000-000000000001')],
      ['twice', Buffer.from([255, 0])],
      ['twice', Buffer.alloc(0)],
    ] as const;
    const record = { key: Buffer.from([0, 255]), value: Buffer.from('\u0000not JSON'), headers };
    const id = await keep({ ...record, offset: 9 });
    await redriveDeadLetters(db.database, { ids: [id] }, 'cli:alice', () => now + 5);
    await redriveDeadLetters(db.database, { ids: [await keep()] }, 'cli:bob', () => now);

    const letter = await showDeadLetter(db.database, id);

    expect(letter).toMatchObject({
      id,
      state: 'redriven',
      changedAt: now + 5,
      eventId: '0199a9a0-0000-7000-8000-000000000001',
      record: { topic: 'orders', partition: 0, offset: 9, ...record },
      actions: [{ at: now + 5, actor: 'cli:alice', action: 'dead_letter.redriven', reason: null }],
    });
  });

  test('is undefined for an unknown id', async () => {
    expect(await showDeadLetter(db.database, '999999')).toBeUndefined();
  });
});
