import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { insertDeadLetters } from '../../../lib/dead-letters/sql/insert-dead-letters.ts';
import { createProducer, type Producer } from '../../../lib/kafka/producer/producer.ts';
import type { TopicValues } from '../../../lib/kafka/topics/topics.ts';
import type { OutboxEntry, PublishedOutbox } from '../../../lib/outbox/outbox-entry.ts';
import { publishOutbox } from '../../../lib/outbox/publish-outbox.ts';
import { type RelayOptions, type RelayReport, relayOutbox } from '../../../lib/outbox/relay-outbox.ts';
import { insertStatusOutbox } from '../../../lib/outbox/sql/outbox.ts';
import { freshDatabase, queryOnce, type TestDatabase } from '../../support/database.ts';
import { readTopic, testBrokers } from '../../support/kafka.ts';
import { ensureOrdersTopic } from '../../support/orders-topic.ts';
import { aRecord } from '../../support/records.ts';

const now = Date.parse('2026-11-01T12:00:00Z');
const old = now - 5_000;
let db: TestDatabase;
let producer: Producer<TopicValues>;

beforeAll(async () => {
  db = await freshDatabase();
  await ensureOrdersTopic();
  producer = createProducer<TopicValues>({
    brokers: testBrokers(),
    clientId: 'relay-test',
    deadlineMs: 30_000,
  });
});
beforeEach(async () => {
  await db.database.query('TRUNCATE outbox, dead_letters');
});
afterAll(async () => {
  await producer.close();
  await db[Symbol.asyncDispose]();
});

type Publish = RelayOptions['publish'];

const relay = (publish: Publish, options: Partial<RelayOptions> = {}): Promise<RelayReport | undefined> =>
  relayOutbox({ database: db.database, publish, clock: () => now, timeLeftMs: () => 60_000, ...options });

const acknowledgeAll: Publish = async (entries) => ({ acknowledged: idsOf(entries), rejected: [] });

const idsOf = (entries: readonly OutboxEntry[]): string[] => entries.map(({ id }) => id);

/** Inserts a row about a missing order: it has no message, which is enough to be relayed. */
const aRow = (writtenAt = old): Promise<string> => insertStatusOutbox(db.database, [], writtenAt);

const rowsOf = async (count: number): Promise<string[]> => {
  const ids: string[] = [];
  while (ids.length < count) {
    ids.push(await aRow());
  }
  return ids;
};

async function letterRow(offset: number, value: Buffer): Promise<string> {
  const record = aRecord({ topic: 'relayed', offset, key: Buffer.from(`letter-${offset}`), value });
  const letter = { code: 'not_json', message: 'no JSON', record } as const;
  return (await insertDeadLetters(db.database, [letter], old))[0]?.outboxId ?? '';
}

let redriven = 100;

/** Inserts a redrive of one letter with this key. */
async function redriveRow(key: string | null): Promise<string> {
  redriven += 1;
  const record = aRecord({ offset: redriven, key: key === null ? null : Buffer.from(key) });
  const letter = { code: 'not_json', message: 'no JSON', record } as const;
  const [opened] = await insertDeadLetters(db.database, [letter], old);
  const { rows } = await db.database.query<{ id: string }>(
    `WITH copy AS (DELETE FROM outbox WHERE id = $1 RETURNING *)
     INSERT INTO outbox (created_at, kind, dead_letter_ids, versions)
     SELECT created_at, 'redrive', dead_letter_ids, '{NULL}' FROM copy RETURNING id`,
    [opened?.outboxId],
  );
  return rows[0]?.id ?? '';
}

async function outbox(): Promise<unknown> {
  return queryOnce(db.url, 'SELECT id, error FROM outbox ORDER BY id');
}

describe('a row that remains in the outbox', () => {
  test('is published and deleted once it is older than 5 s, in id order, however many rows there are', async () => {
    const ids = await rowsOf(45);
    const young = await aRow(old + 1);
    const seen: string[] = [];

    const report = await relay((entries) => {
      seen.push(...idsOf(entries));
      return acknowledgeAll(entries);
    });

    expect(report).toEqual({ published: 45, parked: [], left: 0, oldestAgeMs: undefined });
    expect(seen).toEqual(ids);
    expect(await outbox()).toEqual([{ id: young, error: null }]);
  });

  test('is sent to Kafka; a row that Kafka will never accept is parked with the reason and not retried', async () => {
    const tooLarge = await letterRow(1, Buffer.alloc(3_000_000));
    await letterRow(2, Buffer.from('small'));

    const first = await relay((entries) => publishOutbox(producer, entries, 'relay'));
    const second = await relay((entries) => publishOutbox(producer, entries, 'relay'));

    expect(first).toEqual({
      published: 1,
      parked: [{ id: tooLarge, error: expect.stringMatching(/larger than the max message size/) }],
      left: 0,
      oldestAgeMs: undefined,
    });
    expect(second).toMatchObject({ published: 0, parked: [], left: 0 });
    expect(await outbox()).toEqual([{ id: tooLarge, error: first?.parked[0]?.error }]);
    const copies = (await readTopic('orders.dlq')).filter(({ key }) => key?.startsWith('letter-'));
    expect(copies).toMatchObject([
      { key: 'letter-2', value: 'small', headers: { 'dead-letter-topic': 'relayed' } },
    ]);
  });

  test('stays when Kafka does not acknowledge it, and is reported with its age', async () => {
    const ids = await rowsOf(25);

    const report = await relay(async () => ({ acknowledged: [], rejected: [] }), {
      clock: () => now + 60_000,
    });

    expect(report).toEqual({ published: 0, parked: [], left: 25, oldestAgeMs: 65_000 });
    expect(await outbox()).toEqual(ids.map((id) => ({ id, error: null })));
  });

  test('of a blocked kind does not block other kinds, and is tried once', async () => {
    const stuck = await rowsOf(25);
    const letter = await letterRow(3, Buffer.from('x'));
    const rounds: string[][] = [];

    const report = await relay(async (entries): Promise<PublishedOutbox> => {
      rounds.push(idsOf(entries));
      return { acknowledged: idsOf(entries).filter((id) => id === letter), rejected: [] };
    });

    expect(report).toMatchObject({ published: 1, left: 25 });
    expect(rounds).toEqual([stuck.slice(0, 20), [letter]]);
  });

  test('of a kind that Kafka accepts in part is tried once, until all rows were tried', async () => {
    const ids = await rowsOf(50);
    const stuck = new Set(ids.slice(0, 15));
    const seen: string[] = [];

    const report = await relay(async (entries): Promise<PublishedOutbox> => {
      seen.push(...idsOf(entries));
      return { acknowledged: idsOf(entries).filter((id) => !stuck.has(id)), rejected: [] };
    });

    expect(report).toMatchObject({ published: 35, left: 15 });
    expect(seen).toEqual(ids);
  });

  test('is read in rounds of some megabytes', async () => {
    const ids: string[] = [];
    for (const offset of [10, 11, 12, 13, 14]) {
      ids.push(await letterRow(offset, Buffer.alloc(1_500_000)));
    }
    const rounds: string[][] = [];

    await relay((entries) => {
      rounds.push(idsOf(entries));
      return acknowledgeAll(entries);
    });

    expect(rounds).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
  });

  test('is also published if its id is lower than published ids, because it was committed later', async () => {
    let early = '';
    await db.database.transaction(async (transaction) => {
      early = await insertStatusOutbox(transaction, [], old);
      await aRow();
      await relay(acknowledgeAll);
    });

    const before = await outbox();
    const report = await relay(acknowledgeAll);

    expect(before).toEqual([{ id: early, error: null }]);
    expect(report).toMatchObject({ published: 1, left: 0 });
  });

  test('waits for the next run when the time is nearly over', async () => {
    await rowsOf(50);
    let timeLeftMs = 40_000;

    const report = await relay(
      (entries) => {
        timeLeftMs -= 10_000;
        return acknowledgeAll(entries);
      },
      { timeLeftMs: () => timeLeftMs },
    );

    expect(report).toMatchObject({ published: 40, left: 10 });
  });

  test('stays when the database becomes unavailable between acknowledgement and commit: it is then sent twice', async () => {
    const [id] = await rowsOf(1);
    const endRelaysConnection: Publish = async (entries) => {
      await queryOnce(
        db.url,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND state = 'idle in transaction'`,
      );
      return acknowledgeAll(entries);
    };

    await expect(relay(endRelaysConnection)).rejects.toMatchObject({ code: 'database_unavailable' });

    expect(await outbox()).toEqual([{ id, error: null }]);
  });
});

describe('redrives', () => {
  test('of one key are sent in sequence, and those of other keys together', async () => {
    const ids = [await redriveRow('a'), await redriveRow('b'), await redriveRow('a'), await redriveRow(null)];
    ids.push(await redriveRow(null), await redriveRow('a'));
    const rounds: string[][] = [];

    const report = await relay((entries) => {
      rounds.push(idsOf(entries));
      return acknowledgeAll(entries);
    });

    expect(rounds).toEqual([ids.slice(0, 2), ids.slice(2, 5), ids.slice(5)]);
    expect(report).toMatchObject({ published: 6, left: 0 });
  });

  test('wait for the next run as soon as one is not acknowledged, so that the order of a key is kept', async () => {
    const first = await redriveRow('a');
    const beside = await redriveRow('b');
    const second = await redriveRow('a');
    const rounds: string[][] = [];
    const rejectFirst = async (entries: readonly OutboxEntry[]): Promise<PublishedOutbox> => {
      rounds.push(idsOf(entries));
      return { acknowledged: idsOf(entries).filter((id) => id !== first), rejected: [] };
    };

    const report = await relay(rejectFirst);
    const copy = await letterRow(20, Buffer.from('x'));
    const later = await relay(rejectFirst);
    await relay((entries) => {
      rounds.push(idsOf(entries));
      return acknowledgeAll(entries);
    });

    expect(report).toMatchObject({ published: 1, left: 2 });
    expect(later).toMatchObject({ published: 1, left: 2 });
    expect(rounds).toEqual([[first, beside], [first], [copy], [first], [second]]);
  });
});

test('of two concurrent relays one runs, and the other returns at once', async () => {
  await rowsOf(1);
  let other: RelayReport | undefined | 'not yet' = 'not yet';

  const report = await relay(async (entries) => {
    other = await relay(acknowledgeAll);
    return acknowledgeAll(entries);
  });

  expect(other).toBeUndefined();
  expect(report).toMatchObject({ published: 1, left: 0 });
});
