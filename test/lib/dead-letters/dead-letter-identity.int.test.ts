import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { insertDeadLetters } from '../../../lib/dead-letters/sql/insert-dead-letters.ts';
import { type DeadLetter, type KafkaRecord, letterIdentity } from '../../../lib/orders/command.ts';
import { awaitWebhook, decideByRules } from '../../../lib/orders/fulfilment-rules.ts';
import { eventIdOf } from '../../../lib/orders/ids.ts';
import type { Database } from '../../../lib/postgres/database.ts';
import { orderBatches } from '../../../lib/processing/order-batches.ts';
import { processBatch } from '../../../lib/processing/process-batch.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { aCancel, anOrderJson, aRecord } from '../../support/records.ts';
import { until } from '../../support/until.ts';

let now = Date.parse('2026-11-01T12:00:00Z');
let db: TestDatabase;

beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(async () => {
  await db[Symbol.asyncDispose]();
});

const process = (...records: KafkaRecord[]) =>
  processBatch(
    records,
    orderBatches(db.database, () => now),
    decideByRules,
  );

const lettersOf = async (key: string) =>
  (
    await db.database.query(
      'SELECT state, refusals, code, changed_at FROM dead_letters WHERE key = $1 ORDER BY id',
      [Buffer.from(key)],
    )
  ).rows;

const setState = (key: string, state: string) =>
  db.database.query('UPDATE dead_letters SET state = $2 WHERE key = $1', [Buffer.from(key), state]);

/** The record as a redrive sends it: at another position, with its event id. */
const redriven = (record: KafkaRecord): KafkaRecord => ({
  ...record,
  offset: record.offset + 1_000,
  headers: [
    ...record.headers.filter(([name]) => name !== 'event-id'),
    ['event-id', Buffer.from(eventIdOf(record))],
  ],
});

let offset = 0;
const poison = (key: string): KafkaRecord =>
  aRecord({ key: Buffer.from(key), offset: offset++, value: Buffer.from('no json') });

describe('a dead letter', () => {
  test('is published on orders.dlq with its original bytes', async () => {
    const { outbox } = await process(poison('published'));

    expect(outbox.flatMap(({ messages }) => messages)).toMatchObject([
      { topic: 'orders.dlq', key: Buffer.from('published'), value: Buffer.from('no json') },
    ]);
  });

  test('that was redriven and is rejected again is reopened, and no second letter is inserted', async () => {
    const record = poison('redriven');
    await process(record);
    await setState('redriven', 'redriven');
    now += 1_000;

    const { outbox } = await process(redriven(record));

    expect(await lettersOf('redriven')).toEqual([
      { state: 'open', refusals: 2, code: 'not_json', changed_at: new Date(now) },
    ]);
    expect(outbox).toHaveLength(1);
  });

  test.each(['open', 'discarded'])(
    'that is %s stays unchanged when its record comes again',
    async (state) => {
      const record = poison(state);
      await process(record);
      await setState(state, state);

      const { outbox } = await process(record, redriven(record));

      expect(await lettersOf(state)).toMatchObject([{ state, refusals: 1 }]);
      expect(outbox).toEqual([]);
    },
  );

  test('exists once per content, even if a faulty producer gives all its records one event id', async () => {
    const headers = [['event-id', Buffer.from('always the same')]] as const;
    const at = (offset: number, value: string) =>
      aRecord({ key: Buffer.from('careless'), offset, headers, value: Buffer.from(value) });

    await process(at(2_000, 'a'), at(2_001, 'a'), at(2_002, 'b'));
    await process(at(2_003, 'b'), at(2_004, 'c'));

    expect(await lettersOf('careless')).toHaveLength(3);
  });

  test('for a cancel that came before its order takes effect once when it is redriven, and not before', async () => {
    const cancel = aCancel('early', { offset: 3_000 });
    await process(cancel);
    const create = aRecord({
      key: Buffer.from('early'),
      offset: 3_001,
      value: anOrderJson({ order_id: 'early' }),
    });
    await process(cancel, create);
    await setState('early', 'redriven');

    await process(redriven(cancel));
    await process(redriven(cancel));

    const { rows } = await db.database.query(
      `SELECT event_type, status_reason FROM order_status_history WHERE order_id = 'early' ORDER BY version NULLS LAST`,
    );
    expect(rows).toEqual([
      { event_type: 'order.created', status_reason: null },
      { event_type: 'order.cancel_requested', status_reason: 'too late to cancel: the order is COMPLETED' },
    ]);
    expect(await lettersOf('early')).toMatchObject([{ state: 'redriven', refusals: 1 }]);
  });

  test('for a cancel exists once, even if another process, frozen before its query, handles it after the order was stored', async () => {
    const cancel = aCancel('frozen', { offset: 4_000 });
    const create = aRecord({
      key: Buffer.from('frozen'),
      offset: 4_001,
      value: anOrderJson({ order_id: 'frozen' }),
    });
    const thaw = Promise.withResolvers<void>();
    const looked = Promise.withResolvers<void>();
    const freezing: Database = {
      ...db.database,
      transaction: (work) =>
        db.database.transaction((transaction) =>
          work({
            query: async (text, values) => {
              const result = await transaction.query<never>(text, values);
              if (text.includes("letter.state <> 'redriven'")) {
                looked.resolve();
                await thaw.promise;
              }
              return result;
            },
          }),
        ),
    };
    const frozen = processBatch(
      [cancel],
      orderBatches(freezing, () => now),
      awaitWebhook,
    );
    await looked.promise;
    await processBatch(
      [cancel],
      orderBatches(db.database, () => now),
      awaitWebhook,
    );
    await processBatch(
      [create],
      orderBatches(db.database, () => now),
      awaitWebhook,
    );

    thaw.resolve();
    await frozen;

    const { rows } = await db.database.query("SELECT status, version FROM orders WHERE order_id = 'frozen'");
    expect(rows).toEqual([{ status: 'PROCESSING', version: 1 }]);
    expect(await lettersOf('frozen')).toMatchObject([{ state: 'open', code: 'order_unknown' }]);
  });

  test('is not lost when its record is rejected again while the letter expires', async () => {
    const record = poison('expires');
    await process(record);
    await setState('expires', 'redriven');

    let rejectedAgain: Promise<unknown> | undefined;
    await db.database.transaction(async (transaction) => {
      await transaction.query('DELETE FROM dead_letters WHERE key = $1', [Buffer.from('expires')]);
      rejectedAgain = process(redriven(record));
      await until('the rejection waits for the deletion', async () => {
        const waiting =
          "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%dead_letters%'";
        return (await db.database.query(waiting)).rows.length > 0;
      });
    });
    await rejectedAgain;

    expect(await lettersOf('expires')).toMatchObject([{ state: 'open', code: 'not_json' }]);
  });

  test('that is open is published again when its order was stored after all and its attempts are exhausted', async () => {
    const record = aRecord({
      key: Buffer.from('stored'),
      offset: 5_000,
      value: anOrderJson({ order_id: 'stored' }),
    });
    const letter = (code: DeadLetter['code']) =>
      insertDeadLetters(db.database, [{ code, message: code, record }], now);
    await letter('internal_error');

    const first = await letter('attempts_exhausted');
    const again = await letter('attempts_exhausted');

    expect(await lettersOf('stored')).toMatchObject([
      { state: 'open', code: 'attempts_exhausted', refusals: 2 },
    ]);
    expect([first.length, again.length]).toEqual([1, 0]);
  });
});

describe('records with the same event id, key and value', () => {
  const headersOf = (...headers: (readonly [string, string])[]): KafkaRecord['headers'] =>
    headers.map(([name, text]) => [name, Buffer.from(text)] as const);

  test('a cancel with a misspelled type becomes a letter, and the corrected record takes effect', async () => {
    const key = Buffer.from('mistyped');
    const cancel = aCancel('mistyped', { eventId: 'cancel-1', offset: 6_001 });
    const mistyped = {
      ...cancel,
      headers: headersOf(['event-id', 'cancel-1'], ['event-type', 'order.cancel']),
    };
    await processBatch(
      [aRecord({ key, offset: 6_000, value: anOrderJson({ order_id: 'mistyped' }) }), mistyped],
      orderBatches(db.database, () => now),
      awaitWebhook,
    );

    const { updated } = await process({ ...cancel, offset: 6_002 });

    expect(updated).toBe(1);
    expect(await lettersOf('mistyped')).toMatchObject([{ code: 'unknown_event_type', state: 'open' }]);
  });

  test.each([
    ['another header value', headersOf(['source', 'app'])],
    ['a header more', headersOf(['source', 'shop'], ['tenant', '1'])],
    ['a header less', []],
    ['an empty value', headersOf(['source', ''])],
    ['the same header twice', headersOf(['source', 'shop'], ['source', 'shop'])],
    ['another name', headersOf(['Source', 'shop'])],
    ['names that JSON escapes', headersOf(['source', 'shop'], ['a\u0000"],["b', '\u0000'])],
    ['a member of Object.prototype', headersOf(['source', 'shop'], ['__proto__', '1'])],
  ])('each rejected record becomes a letter with its headers: %s', async (what, headers) => {
    const record = { ...poison(what), headers: headersOf(['event-id', what], ['source', 'shop']) };
    const other = { ...record, offset: offset++, headers: [...headersOf(['event-id', what]), ...headers] };

    const summary = await process(record, other);
    const again = await process(other, record);

    expect(await lettersOf(what)).toHaveLength(2);
    expect([summary.deadLetters.length, again.deadLetters.length]).toEqual([2, 0]);
  });

  test('another trace context, or none, gives the same letter', async () => {
    const record = poison('traced');
    const traces = [
      headersOf(['event-id', 'traced'], ['traceparent', `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`]),
      headersOf(['traceparent', `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`], ['event-id', 'traced']),
      headersOf(['event-id', 'traced']),
    ];

    await process(...traces.map((headers) => ({ ...record, headers })));
    await process(...traces.map((headers) => ({ ...record, headers })));

    expect(await lettersOf('traced')).toHaveLength(1);
  });

  test('another order of names and another spelling of the event id give the same letter', async () => {
    const id = '0199f1a2-7b3c-7d4e-8f50-123456789abc';
    const record = poison('sorted');
    const spellings = [
      headersOf(['b', '1'], ['event-id', id], ['a', '2'], ['b', '3']),
      headersOf(['event-id', 'old'], ['a', '2'], ['b', '1'], ['b', '3'], ['event-id', id.toUpperCase()]),
    ];

    await process(...spellings.map((headers) => ({ ...record, headers })));

    expect(await lettersOf('sorted')).toHaveLength(1);
  });

  test('SQL and TypeScript agree on which records are the same letter', async () => {
    const name = fc.oneof(
      fc.constantFrom('a', 'event-id', 'traceparent', '', '__proto__', '1', '"],["', '\u0000'),
      fc.string(),
    );
    const header = fc.tuple(name, fc.constantFrom('', '1', '2').map(Buffer.from));
    const headers = fc.array(header, { maxLength: 4 });
    const bytes = fc.constantFrom(null, ...['', '\u0000', 'a'].map((text) => Buffer.from(text)));
    const parts = fc.record({ headers, key: bytes, value: bytes });
    const pairs = fc.oneof(
      fc.tuple(parts, parts),
      parts.chain((one) =>
        fc.tuple(
          fc.constant(one),
          fc
            .shuffledSubarray(one.headers, { minLength: one.headers.length })
            .map((shuffled) => ({ ...one, headers: shuffled })),
        ),
      ),
    );
    await fc.assert(
      fc.asyncProperty(pairs, async (pair) => {
        const record = poison('agree');
        const eventId = ['event-id', Buffer.from(`${record.offset}`)] as const;
        const letters = pair.map((one) => ({
          eventId: 'e',
          record: { ...record, ...one, headers: [...one.headers, eventId] },
        }));

        const { deadLetters } = await process(...letters.map((letter) => letter.record));

        expect(deadLetters).toHaveLength(new Set(letters.map(letterIdentity)).size);
      }),
      { numRuns: 150 },
    );
  });
});

describe('a letter is inserted and counted once', () => {
  test('even if another record had its position before the topic was created again', async () => {
    const place = { topic: 'made-anew', key: Buffer.from('made anew'), offset: 7, timestamp: 1 };
    const [first, second] = ['no json', 'no json either'].map((text) =>
      aRecord({ ...place, value: Buffer.from(text) }),
    );

    const [kept, alsoKept] = [await process(first ?? poison('')), await process(second ?? poison(''))];

    expect([kept.deadLetters, alsoKept.deadLetters]).toMatchObject([
      [{ record: first }],
      [{ record: second }],
    ]);
    expect(await lettersOf('made anew')).toHaveLength(2);
  });

  test('even if two processes handle its record at the same moment', async () => {
    const record = poison('at once');
    let other: ReturnType<typeof process> | undefined;
    await db.database.transaction(async (transaction) => {
      const opened = await insertDeadLetters(
        transaction,
        [{ code: 'not_json', message: 'first', record }],
        now,
      );
      expect(opened).toHaveLength(1);
      other = process(record);
      await until('the other one waits', async () => {
        const waiting =
          "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%rejected AS%'";
        return (await db.database.query(waiting)).rows.length > 0;
      });
    });

    expect(await other).toMatchObject({ deadLetters: [], outbox: [] });
    expect(await lettersOf('at once')).toHaveLength(1);
  });

  test('and counted again when it was redriven and is rejected again', async () => {
    const record = poison('counted');
    const first = await process(record, { ...record, offset: offset++ });
    await setState('counted', 'redriven');

    const second = await process(redriven(record));

    expect([first.deadLetters.length, second.deadLetters.length]).toEqual([2, 1]);
  });
});
