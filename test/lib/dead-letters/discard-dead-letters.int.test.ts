import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { DeadLetterSelection } from '../../../lib/dead-letters/dead-letter.ts';
import { discardDeadLetters } from '../../../lib/dead-letters/discard-dead-letters.ts';
import { showDeadLetter } from '../../../lib/dead-letters/read-dead-letters.ts';
import { redriveDeadLetters } from '../../../lib/dead-letters/redrive-dead-letters.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { keepLetter, letterState } from '../../support/dead-letters.ts';

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
const discard = (choice: DeadLetterSelection, reason?: string) =>
  discardDeadLetters(db.database, choice, { actor: 'cli:alice', reason }, () => now);

test('discarding closes only the selected letter and records the actor and the reason without control characters', async () => {
  const id = await keep();
  const sameKey = await keep();

  const done = await discard({ ids: [id] }, 'a test\u0000 of\u001b[2J mine');

  expect(done).toEqual({ discarded: [id], skipped: [], next: undefined });
  expect(await letterState(db.database, sameKey)).toBe('open');
  expect(await showDeadLetter(db.database, id)).toMatchObject({
    state: 'discarded',
    changedAt: now,
    actions: [
      {
        at: now,
        actor: 'cli:alice',
        action: 'dead_letter.discarded',
        reason: 'a test\uFFFD of\uFFFD[2J mine',
      },
    ],
  });
});

test('a discarded letter is never redriven, neither by its id nor its key nor a filter', async () => {
  const id = await keep();
  await discard({ ids: [id] });
  const sameKey = await keep();

  const byId = await redriveDeadLetters(db.database, { ids: [id] }, 'cli:alice', () => now);
  const byKey = await redriveDeadLetters(db.database, { ids: [sameKey] }, 'cli:alice', () => now);
  const byFilter = await redriveDeadLetters(db.database, { filter: {} }, 'cli:alice', () => now);

  expect(byId).toMatchObject({ redriven: [], skipped: [{ id, reason: 'discarded' }] });
  expect(byKey.redriven).toEqual([sameKey]);
  expect(byFilter.redriven).toEqual([]);
});

test('a filter discards the open letters that match; ids that are not open are reported', async () => {
  const redriven = await keep({ key: Buffer.from('a'), code: 'order_unknown' });
  await redriveDeadLetters(db.database, { ids: [redriven] }, 'cli:alice', () => now);
  const fits = await keep({ key: Buffer.from('b'), code: 'order_unknown' });
  const other = await keep({ key: Buffer.from('c') });

  const done = await discard({ filter: { code: 'order_unknown' } });
  const again = await discard({ ids: [redriven, fits, other] });

  expect(done.discarded).toEqual([fits]);
  expect(again).toMatchObject({
    discarded: [other],
    skipped: [
      { id: redriven, reason: 'redriven' },
      { id: fits, reason: 'discarded' },
    ],
  });
});

test('a letter that is discarded and redriven at the same time ends in one of the two states', async () => {
  const ids: string[] = [];
  for (let nr = 0; nr < 30; nr += 1) {
    ids.push(await keep({ key: null }));
  }

  const [discarded, redriven] = await Promise.all([
    discard({ ids: ids.toReversed() }),
    redriveDeadLetters(db.database, { ids }, 'cli:bob', () => now),
  ]);

  expect([...discarded.discarded, ...redriven.redriven].toSorted()).toEqual(ids.toSorted());
});
