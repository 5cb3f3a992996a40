import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { insertDeadLetters } from '../../../lib/dead-letters/sql/insert-dead-letters.ts';
import type { KafkaRecord } from '../../../lib/orders/command.ts';
import type { Database } from '../../../lib/postgres/database.ts';
import { migrate } from '../../../lib/postgres/migrate.ts';
import { type DatabaseBefore, databaseBefore } from '../../support/database-before.ts';
import { aRecord } from '../../support/records.ts';

const now = Date.parse('2026-11-01T12:00:00Z');

let before: DatabaseBefore;
let database: Database;
let url: string;

beforeAll(async () => {
  before = await databaseBefore('0009');
  ({ database, url } = before);
});
afterAll(async () => {
  await before[Symbol.asyncDispose]();
});

const traced = (key: string, spanId: string): KafkaRecord =>
  aRecord({
    key: Buffer.from(key),
    value: Buffer.from('no json'),
    headers: [
      ['event-id', Buffer.from(key)],
      ['traceparent', Buffer.from(`00-${'a'.repeat(32)}-${spanId.repeat(16)}-01`)],
    ],
  });

const insert = (record: KafkaRecord) =>
  insertDeadLetters(database, [{ code: 'not_json', message: 'the value is not JSON', record }], now);

const lettersOf = async (key: string) =>
  (await database.query('SELECT state FROM dead_letters WHERE key = $1 ORDER BY id', [Buffer.from(key)]))
    .rows;

test('letters of the previous release that differ only in their trace are merged, and open if one of them was open', async () => {
  await insert(traced('merged', '1'));
  await database.query("UPDATE dead_letters SET state = 'discarded'");
  await insert(traced('merged', '2'));
  await insert(traced('other', '1'));
  expect(await lettersOf('merged')).toEqual([{ state: 'discarded' }, { state: 'open' }]);

  await migrate(url);

  expect([await lettersOf('merged'), await lettersOf('other')]).toEqual([
    [{ state: 'open' }],
    [{ state: 'open' }],
  ]);
  expect(await insert(traced('merged', '3'))).toEqual([]);
});
