import { expect, test } from '@jest/globals';
import type { KafkaRecord } from '../../../lib/orders/command.ts';
import type { Queryable } from '../../../lib/store/database.ts';
import { insertDeadLetters } from '../../../lib/store/sql/dead-letters/insert-dead-letters.ts';
import { selectDeadLettered } from '../../../lib/store/sql/dead-letters/select-dead-lettered.ts';
import { freshDatabase } from '../../support/database.ts';
import { aCancel } from '../../support/records.ts';

const now = Date.parse('2026-11-01T12:00:00Z');
const LETTERS = 2_000;
const BATCH = 100;

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

test('to find letters, or to keep them, compares the headers of no others, however many there are', async () => {
  await using db = await freshDatabase();
  await insertDeadLetters(db.database, lettersOf(recordsFrom(0, LETTERS)), now);
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
