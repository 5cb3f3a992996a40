import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { validate as isUuid } from 'uuid';
import { insertDeadLetters } from '../../../lib/dead-letters/sql/insert-dead-letters.ts';
import type { DeadLetterCode, KafkaRecord } from '../../../lib/orders/command.ts';
import { decodeCommand } from '../../../lib/orders/decode-command.ts';
import { eventIdOf } from '../../../lib/orders/ids.ts';
import { loadOutbox, outboxEntriesOfLetters } from '../../../lib/outbox/load-outbox.ts';
import type { OutboxMessage } from '../../../lib/outbox/outbox-entry.ts';
import { insertStatusOutbox } from '../../../lib/outbox/sql/outbox.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { anOrderJson, aRecord } from '../../support/records.ts';

const now = Date.parse('2026-11-01T12:00:00Z');
let db: TestDatabase;

beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(async () => {
  await db[Symbol.asyncDispose]();
});

/** Stores an order in PROCESSING, then completes it, with a rejected cancel in between. */
async function storeOrder(orderId: string): Promise<void> {
  await db.database.query(
    `INSERT INTO orders VALUES ($1, 'customer of ' || $1, 'p', 1, 100, 100, 'COMPLETED', 'done', 2, $2, $2)`,
    [orderId, '2026-11-01T12:00:02Z'],
  );
  await db.database.query(
    `INSERT INTO order_status_history VALUES
       ($1, gen_random_uuid(), 'order.created', 1, 'PROCESSING', NULL, '2026-11-01T12:00:00Z'),
       ($1, gen_random_uuid(), 'order.cancel_requested', NULL, 'PROCESSING', 'too late', '2026-11-01T12:00:01Z'),
       ($1, gen_random_uuid(), 'order.fulfilled', 2, 'COMPLETED', 'done', '2026-11-01T12:00:02Z')`,
    [orderId],
  );
}

/** Inserts a record as a dead letter, and returns the id of its row in the outbox. */
async function keep(record: KafkaRecord, code: DeadLetterCode = 'not_json'): Promise<string> {
  const [opened] = await insertDeadLetters(db.database, [{ code, message: `because: ${code}`, record }], now);
  return opened?.outboxId ?? '';
}

async function letterIdOf(outboxId: string): Promise<string> {
  const { rows } = await db.database.query<{ id: string }>(
    'SELECT dead_letter_ids[1] AS id FROM outbox WHERE id = $1',
    [outboxId],
  );
  return rows[0]?.id ?? '';
}

async function insertRedrive(
  letterIds: readonly string[],
  versions: readonly (number | null)[],
): Promise<string> {
  const { rows } = await db.database.query<{ id: string }>(
    `INSERT INTO outbox (created_at, kind, dead_letter_ids, versions) VALUES (now(), 'redrive', $1, $2) RETURNING id`,
    [letterIds, versions],
  );
  return rows[0]?.id ?? '';
}

/** Returns the messages of one row. */
async function messagesOf(outboxId: string): Promise<readonly OutboxMessage[]> {
  const [entry] = await loadOutbox(db.database, [outboxId]);
  return entry?.messages ?? [];
}

/** Returns a message as a consumer receives it. */
function delivered(message: OutboxMessage | undefined): KafkaRecord {
  const headers = message && 'headers' in message ? message.headers : {};
  return aRecord({
    key: message?.key == null ? null : Buffer.from(message.key),
    value: Buffer.isBuffer(message?.value) ? message.value : null,
    headers: Object.entries(headers).flatMap(([name, values]) =>
      [values].flat().map((value) => [name, Buffer.from(value)] as const),
    ),
  });
}

/** Returns `name=text` for each header, in order. */
const headerLines = ({ headers }: KafkaRecord): string[] =>
  headers.map(([name, value]) => `${name}=${value}`);

describe('a row about the status of orders', () => {
  test('has an event for each order at the version of the row, in its order', async () => {
    await storeOrder('status-b');
    await storeOrder('status-a');
    const row = await insertStatusOutbox(
      db.database,
      [
        { orderId: 'status-b', version: 2 },
        { orderId: 'status-a', version: 1 },
      ],
      now,
    );

    const messages = await messagesOf(row);

    expect(messages).toEqual([
      {
        topic: 'orders.status',
        key: 'status-b',
        value: {
          order_id: 'status-b',
          customer_id: 'customer of status-b',
          version: 2,
          status: 'COMPLETED',
          status_reason: 'done',
          at: '2026-11-01T12:00:02.000Z',
        },
      },
      {
        topic: 'orders.status',
        key: 'status-a',
        value: {
          order_id: 'status-a',
          customer_id: 'customer of status-a',
          version: 1,
          status: 'PROCESSING',
          status_reason: null,
          at: '2026-11-01T12:00:00.000Z',
        },
      },
    ]);
  });

  test('has no event for an order whose history was deleted', async () => {
    await storeOrder('status-kept');
    const row = await insertStatusOutbox(
      db.database,
      [
        { orderId: 'status-gone', version: 1 },
        { orderId: 'status-kept', version: 1 },
      ],
      now,
    );

    const messages = await messagesOf(row);

    expect(messages.map(({ key }) => key)).toEqual(['status-kept']);
  });
});

describe('a row about a dead letter', () => {
  test('is a copy of the record for orders.dlq, with the dead-letter headers after its own headers', async () => {
    const record = aRecord({
      partition: 3,
      offset: 77,
      headers: [
        ['b', Buffer.from('1')],
        ['a', Buffer.from([0xff, 0x00])],
        ['b', Buffer.from('2')],
        ['__proto__', Buffer.from('x')],
      ],
    });
    const row = await keep(record);

    const [message] = await messagesOf(row);

    expect(message?.topic).toBe('orders.dlq');
    const copy = delivered(message);
    expect({ key: copy.key, value: copy.value }).toEqual({ key: record.key, value: record.value });
    expect(copy.headers[2]).toEqual(['a', Buffer.from([0xff, 0x00])]);
    expect(headerLines(copy).toSpliced(2, 1)).toEqual([
      'b=1',
      'b=2',
      '__proto__=x',
      'dead-letter-topic=orders',
      'dead-letter-partition=3',
      'dead-letter-offset=77',
      'dead-letter-code=not_json',
      'dead-letter-message=because: not_json',
      'dead-letter-attempts=1',
      'dead-letter-at=2026-11-01T12:00:00.000Z',
    ]);
  });

  test.each([
    ['no key', { key: null }],
    ['no value', { value: null }],
    ['bytes that are not text', { key: Buffer.from([0xff, 0x00]), value: Buffer.from([0x00, 0xfe]) }],
  ])('keeps %s', async (_case, parts) => {
    const record = aRecord({ partition: 1, offset: Object.keys(parts).length, topic: _case, ...parts });
    const row = await keep(record);

    const [message] = await messagesOf(row);

    expect({ key: message?.key, value: message?.value }).toEqual({ key: record.key, value: record.value });
  });
});

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('a row about redriven letters', () => {
  test('has their records for the topic orders, in the order of the row, with their event ids', async () => {
    const eventId = '01890a5d-ac96-774b-bcce-b302099a8057';
    const given = aRecord({
      topic: 'redriven',
      offset: 1,
      headers: [
        ['event-id', Buffer.from(eventId.toUpperCase())],
        ['traceparent', Buffer.from('00-1')],
        ['event-id', Buffer.from(eventId)],
      ],
    });
    const derived = aRecord({ topic: 'redriven', offset: 2, key: null });
    const letters = await Promise.all([derived, given].map((record) => keep(record).then(letterIdOf)));
    const row = await insertRedrive(letters, [null, null]);

    const messages = await messagesOf(row);

    expect(messages.map(({ topic }) => topic)).toEqual(['orders', 'orders']);
    const [first, second] = messages.map(delivered);
    expect({ ...first, headers: [] }).toEqual(aRecord({ key: null }));
    expect(first && decodeCommand(first)).toMatchObject({ command: { eventId: eventIdOf(derived) } });
    expect(second && headerLines(second)).toEqual(['traceparent=00-1', `event-id=${eventId}`]);
  });

  test('requests a retry of an order whose attempts are exhausted, with the same command each time', async () => {
    const record = aRecord({ topic: 'exhausted', key: null, value: anOrderJson({ order_id: 'tired' }) });
    const letter = await letterIdOf(await keep(record, 'attempts_exhausted'));
    const rows = await Promise.all([7, 7, 9].map((version) => insertRedrive([letter], [version])));

    const entries = await loadOutbox(db.database, rows);

    const commands = entries
      .flatMap(({ messages }) => messages.map(delivered))
      .map((message) => ({ key: message.key?.toString(), ...decodeCommand(message) }));
    expect(commands).toMatchObject(
      [7, 7, 9].map((expectedVersion) => ({
        key: 'tired',
        command: { type: 'order.retry_requested', orderId: 'tired', expectedVersion },
      })),
    );
    const [first, repeat, other] = commands.map((decoded) => decoded.ok && decoded.command.eventId);
    expect(isUuid(first)).toBe(true);
    expect(repeat).toBe(first);
    expect(other).not.toBe(first);
  });

  test.each([
    ['is sampled', TRACEPARENT, TRACEPARENT],
    ['is not sampled', TRACEPARENT.replace(/01$/, '00'), undefined],
    ['is broken', 'garbage', undefined],
  ])('requests a retry in the trace of the record, if it %s', async (what, traceparent, expected) => {
    const value = anOrderJson({ order_id: what.replaceAll(' ', '-') });
    const headers = [['traceparent', Buffer.from(traceparent)]] as const;
    const record = aRecord({ topic: 'exhausted', key: null, value, headers });
    const row = await insertRedrive([await letterIdOf(await keep(record, 'attempts_exhausted'))], [2]);

    const [retry] = await messagesOf(row);

    expect(retry?.headers?.traceparent).toBe(expected);
  });

  test('omits deleted letters', async () => {
    const kept = await letterIdOf(await keep(aRecord({ topic: 'kept', offset: 5 })));
    const row = await insertRedrive(['999999999', kept], [null, null]);

    expect(await messagesOf(row)).toHaveLength(1);
  });
});

test('entries have the requested order, and those of deleted rows or contents have no messages', async () => {
  await storeOrder('order');
  const status = await insertStatusOutbox(db.database, [{ orderId: 'order', version: 1 }], now);
  const empty = await insertStatusOutbox(db.database, [{ orderId: 'unknown', version: 1 }], now);
  const letter = await keep(aRecord({ topic: 'mixed' }));

  const entries = await loadOutbox(db.database, [letter, '999999999', empty, status]);

  expect(entries.map(({ id, messages }) => [id, messages.length])).toEqual([
    [letter, 1],
    ['999999999', 0],
    [empty, 0],
    [status, 1],
  ]);
});

test('letters that were just opened, new ones and reopened ones, have the same messages as later', async () => {
  const letterAt = (offset: number, parts: Partial<KafkaRecord>) => ({
    code: 'not_json' as const,
    message: `because: ${offset}`,
    record: aRecord({
      topic: 'just-opened',
      offset,
      headers: [['event-id', Buffer.from(`${parts.key}`)]],
      ...parts,
    }),
  });
  const again = { key: Buffer.from('again'), value: null };
  await insertDeadLetters(db.database, [letterAt(1, again)], now);
  await db.database.query("UPDATE dead_letters SET state = 'redriven' WHERE topic = 'just-opened'");
  const letters = [
    letterAt(2, { key: null, timestamp: -(2 ** 52) }),
    letterAt(3, again),
    letterAt(4, {
      value: Buffer.from([0, 255]),
      headers: [
        ['same', Buffer.from([200])],
        ['\ud800\u0000', Buffer.alloc(0)],
        ['same', Buffer.from('')],
      ],
    }),
  ];

  const opened = await insertDeadLetters(db.database, letters, now + 1);
  const entries = await outboxEntriesOfLetters(db.database, opened, now + 1);

  expect(opened.map(({ isNew }) => isNew)).toEqual([true, false, true]);
  expect(entries).toEqual(
    await loadOutbox(
      db.database,
      opened.map(({ outboxId }) => outboxId),
    ),
  );
  expect(entries[1]?.messages).toMatchObject([
    { headers: { 'dead-letter-offset': ['1'], 'dead-letter-attempts': ['2'] } },
  ]);
});
