import { describe, expect, test } from '@jest/globals';
import { insertDeadLetters } from '../../../lib/dead-letters/sql/insert-dead-letters.ts';
import { selectDeadLettered } from '../../../lib/dead-letters/sql/select-dead-letters.ts';
import type { KafkaRecord } from '../../../lib/orders/command.ts';
import { decideByRules } from '../../../lib/orders/fulfilment-rules.ts';
import { eventIdOf } from '../../../lib/orders/ids.ts';
import type { Queryable } from '../../../lib/postgres/database.ts';
import { orderBatches } from '../../../lib/processing/order-batches.ts';
import { processBatch } from '../../../lib/processing/process-batch.ts';
import { freshDatabase } from '../../support/database.ts';
import { aCancel, aRecord } from '../../support/records.ts';

const now = Date.parse('2026-11-01T12:00:00Z');
const LETTERS = 2_000;
const BATCH = 100;
/** For statements that prepare a test with many rows. The default is short. */
const SETUP_TIMEOUT_MS = 60_000;

const recordsFrom = (offset: number, count: number): KafkaRecord[] =>
  Array.from({ length: count }, (_, index) => aCancel('order', { offset: offset + index }));

const lettersOf = (records: readonly KafkaRecord[]) =>
  records.map((record) => ({ code: 'order_unknown' as const, message: 'no order', record }));

async function callsOf(transaction: Queryable): Promise<number> {
  const { rows } = await transaction.query<{ calls: number }>(
    "SELECT calls::int FROM pg_stat_xact_user_functions WHERE funcname = 'letter_identity'",
  );
  return rows[0]?.calls ?? 0;
}

test('finding or inserting letters never compares the headers of other letters, however many there are', async () => {
  await using db = await freshDatabase();
  await insertDeadLetters(db.database.within(SETUP_TIMEOUT_MS), lettersOf(recordsFrom(0, LETTERS)), now);
  const [known, unknown] = [recordsFrom(0, BATCH), recordsFrom(LETTERS, BATCH)];

  await db.database.transaction(async (transaction) => {
    await transaction.query("SET LOCAL track_functions = 'all'");
    const compared = async (work: () => Promise<unknown>): Promise<number> => {
      const before = await callsOf(transaction);
      await work();
      return (await callsOf(transaction)) - before;
    };

    const calls = [
      await compared(() => selectDeadLettered(transaction, known)),
      await compared(() => insertDeadLetters(transaction, lettersOf(unknown), now)),
      await compared(() => insertDeadLetters(transaction, lettersOf(known), now)),
    ];

    expect(Math.max(...calls)).toBeLessThanOrEqual(4 * BATCH);
  });
});

describe('records with one event id from a faulty producer', () => {
  const headers = [['event-id', Buffer.from('one for all')]] as const;
  const withoutJson = (from: number, count: number): KafkaRecord[] =>
    recordsFrom(from, count).map((record) => ({ ...record, value: Buffer.from(`no json ${record.offset}`) }));
  const careless = (from: number, count: number): KafkaRecord[] =>
    withoutJson(from, count).map((record) => ({ ...record, headers }));

  test('two thousand of them in one batch are stored within the time of a batch', async () => {
    await using db = await freshDatabase();
    const writer = orderBatches(db.database, () => now);
    const lettersWithin = async (withinMs: number, records: readonly KafkaRecord[]) => {
      const { deadLetters } = await processBatch(
        records,
        { writeBatch: (orders, letters, rules) => writer.writeBatch(orders, letters, rules, withinMs) },
        decideByRules,
      );
      return deadLetters;
    };
    const startedAt = performance.now();
    await lettersWithin(SETUP_TIMEOUT_MS, withoutJson(0, 2_000));
    const usualMs = performance.now() - startedAt;

    const letters = await lettersWithin(Math.max(8_000, 10 * usualMs), careless(0, 2_000));

    expect(letters).toHaveLength(2_000);
  });

  test('a batch is looked up in the index, however many letters there are', async () => {
    await using db = await freshDatabase();
    await db.database.within(SETUP_TIMEOUT_MS).query(
      `INSERT INTO dead_letters (topic, partition, "offset", timestamp_ms, event_id, key, value, headers, code, message)
       SELECT 'orders', 0, place, 0, $1, '', convert_to('no json at ' || place, 'UTF8'), '[]', 'not_json', ''
       FROM generate_series(1, 20000) AS place`,
      [eventIdOf({ ...aRecord(), headers })],
    );
    await db.database.within(SETUP_TIMEOUT_MS).query('ANALYZE dead_letters');
    const records = careless(0, 500);

    const identities = await db.database.transaction(async (transaction) => {
      await transaction.query("SET LOCAL track_functions = 'all'");
      await selectDeadLettered(transaction, records);
      const letters = records.map((record) => ({ code: 'not_json', message: '', record }) as const);
      await insertDeadLetters(transaction, letters, now);
      const { rows } = await transaction.query<{ calls: number }>(
        "SELECT calls::int FROM pg_stat_xact_user_functions WHERE funcname = 'letter_identity'",
      );
      return rows[0]?.calls;
    });

    expect(identities).toBeLessThan(10 * records.length);
  });
});
