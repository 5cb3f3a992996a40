import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { KafkaRecord } from '../../../lib/orders/command.ts';
import { decideByRules } from '../../../lib/orders/fulfilment-rules.ts';
import { eventIdOf } from '../../../lib/orders/ids.ts';
import { recordValues } from '../../../lib/orders/sql/record-columns.ts';
import type { Database } from '../../../lib/postgres/database.ts';
import { migrate } from '../../../lib/postgres/migrate.ts';
import { orderBatches } from '../../../lib/processing/order-batches.ts';
import { processBatch } from '../../../lib/processing/process-batch.ts';
import { type DatabaseBefore, databaseBefore } from '../../support/database-before.ts';
import { aRecord } from '../../support/records.ts';

const now = Date.parse('2026-11-01T12:00:00Z');

/** The statement by which the release before 0006 inserts a letter. Both releases run during a deployment. */
const insertOfReleaseBefore = `
  WITH refused AS (
    SELECT DISTINCT ON (event_id, key, value) *
    FROM unnest($5::text[], $6::int[], $7::bigint[], $8::numeric[], $9::bytea[], $10::bytea[], $11::bytea[],
                $2::uuid[], $3::text[], $4::text[])
      AS refused (topic, partition, "offset", timestamp_ms, key, value, headers, event_id, code, message)
    ORDER BY event_id, key, value, "offset"
  ), reopened AS (
    UPDATE dead_letters AS letter
    SET state = 'open', refusals = letter.refusals + 1, code = refused.code, message = refused.message, changed_at = $1
    FROM refused
    WHERE letter.event_id = refused.event_id AND letter.state = 'redriven'
      AND letter.key IS NOT DISTINCT FROM refused.key AND letter.value IS NOT DISTINCT FROM refused.value
    RETURNING letter.id
  ), inserted AS (
    INSERT INTO dead_letters (topic, partition, "offset", timestamp_ms, key, value, headers, event_id, code, message,
                              created_at, changed_at)
    SELECT refused.*, $1::timestamptz, $1::timestamptz FROM refused
    WHERE NOT EXISTS (
      SELECT FROM dead_letters AS letter
      WHERE letter.event_id = refused.event_id
        AND letter.key IS NOT DISTINCT FROM refused.key AND letter.value IS NOT DISTINCT FROM refused.value
    )
    ON CONFLICT DO NOTHING
    RETURNING id
  )
  SELECT id FROM reopened UNION ALL SELECT id FROM inserted`;

let before: DatabaseBefore;
let database: Database;
let url: string;

beforeAll(async () => {
  before = await databaseBefore('0006');
  ({ database, url } = before);
});
afterAll(async () => {
  await before[Symbol.asyncDispose]();
});

const keepAsBefore = async (...records: KafkaRecord[]): Promise<unknown[]> => {
  const { rows } = await database.query(insertOfReleaseBefore, [
    new Date(now).toISOString(),
    records.map(eventIdOf),
    records.map(() => 'not_json'),
    records.map(() => 'the value is not JSON'),
    ...recordValues(records),
  ]);
  return rows;
};

const keep = (...records: KafkaRecord[]) =>
  processBatch(
    records,
    orderBatches(database, () => now),
    decideByRules,
  );

let offset = 0;
const aLetter = (key: string, headers: readonly (readonly [string, string])[] = []): KafkaRecord =>
  aRecord({
    key: Buffer.from(key),
    value: Buffer.from('no json'),
    offset: offset++,
    headers: [['event-id', key] as const, ...headers].map(
      ([name, text]) => [name, Buffer.from(text)] as const,
    ),
  });

const lettersOf = async (key: string) =>
  (await database.query('SELECT state FROM dead_letters WHERE key = $1 ORDER BY id', [Buffer.from(key)]))
    .rows;

describe('letters of the previous release', () => {
  const odd = aLetter('odd', [
    ['__proto__', ''],
    ['\u0000"],["', '\u0000'],
    ['1', '2'],
  ]);
  const twice = aLetter('twice');

  beforeAll(async () => {
    await keepAsBefore(odd, twice);
    await database.query(
      `INSERT INTO dead_letters (topic, partition, "offset", timestamp_ms, key, value, headers, event_id, code, message, state)
       SELECT topic, partition, 1000 + copy, timestamp_ms, key, value, headers, event_id, code, message, copy_state
       FROM dead_letters, unnest('{open,discarded}'::text[]) WITH ORDINALITY AS copies (copy_state, copy)
       WHERE key = $1`,
      [twice.key],
    );
    await database.query(`UPDATE dead_letters SET state = 'discarded' WHERE key = $1 AND "offset" < 1000`, [
      twice.key,
    ]);
    await migrate(url);
  });

  test('are the same letters when their records come again', async () => {
    expect(await keep(odd, twice)).toMatchObject({ deadLetters: [] });
    expect(await lettersOf('odd')).toEqual([{ state: 'open' }]);
  });

  test('that two processes inserted twice are merged, and open if one of them was open', async () => {
    expect(await lettersOf('twice')).toEqual([{ state: 'open' }]);
  });

  test('inserted while both releases run are the same as letters of this release', async () => {
    const [before, after] = [aLetter('before'), aLetter('after')];

    expect([await keepAsBefore(before), (await keep(before)).deadLetters]).toMatchObject([[{}], []]);
    expect([(await keep(after)).deadLetters, await keepAsBefore(after)]).toMatchObject([[{}], []]);
    expect([await lettersOf('before'), await lettersOf('after')]).toMatchObject([[{}], [{}]]);
  });

  test('are rejected by the index, without an error, if both releases insert one at the same moment', async () => {
    const record = aLetter('raced');
    const kept = await Promise.all(
      Array.from({ length: 8 }, (_, index) => (index % 2 ? keep(record) : keepAsBefore(record))),
    );

    expect(kept).toHaveLength(8);
    expect(await lettersOf('raced')).toHaveLength(1);
  });
});
