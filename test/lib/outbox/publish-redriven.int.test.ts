import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { redriveDeadLetters } from '../../../lib/dead-letters/redrive-dead-letters.ts';
import { OrderlyError } from '../../../lib/errors/orderly-error.ts';
import { createProducer, type Producer } from '../../../lib/kafka/producer/producer.ts';
import type { TopicValues } from '../../../lib/kafka/topics/topics.ts';
import { publishRedriven } from '../../../lib/outbox/publish-redriven.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { keepLetter, letterState } from '../../support/dead-letters.ts';
import { testBrokers } from '../../support/kafka.ts';
import { ensureOrdersTopic, readOrders } from '../../support/orders-topic.ts';
import { until } from '../../support/until.ts';

const now = Date.parse('2026-11-01T12:00:00Z');
let db: TestDatabase;

beforeAll(async () => {
  await ensureOrdersTopic();
  db = await freshDatabase();
});
beforeEach(async () => {
  await db.database.query('TRUNCATE dead_letters, outbox, audit_log');
});
afterAll(async () => {
  await db[Symbol.asyncDispose]();
});

const newProducer = (options = {}): Producer<TopicValues> =>
  createProducer<TopicValues>({
    brokers: testBrokers(),
    clientId: 'redrive-test',
    deadlineMs: 30_000,
    ...options,
  });

/** Inserts letters with numbered values, all with one key. */
async function keepNumbered(key: string, numbers: readonly number[]): Promise<string[]> {
  const ids: string[] = [];
  for (const number of numbers) {
    ids.push(await keepLetter(db.database, { key: Buffer.from(key), value: Buffer.from(`${number}`) }));
  }
  return ids;
}

const redrive = (ids: readonly string[]) => redriveDeadLetters(db.database, { ids }, 'cli:alice', () => now);
const publish = (producer: Producer<TopicValues>, outboxIds: readonly string[]) =>
  publishRedriven(db.database, producer, outboxIds, () => now);

/** Resolves when a redrive has locked the letter and not committed yet. */
const untilLocked = (id: string): Promise<void> =>
  until('the letter is locked', async () => {
    const { rows } = await db.database.query(
      'SELECT FROM dead_letters WHERE id = $1 FOR UPDATE SKIP LOCKED',
      [id],
    );
    return rows.length === 0;
  });

async function waiting(): Promise<unknown[]> {
  const { rows } = await db.database.query(`SELECT id FROM outbox WHERE kind = 'redrive' ORDER BY id`);
  return rows.map(({ id }) => id);
}

test('redriven records are on their topic, per key in the order of the records, and no row remains for the relay', async () => {
  await using producer = newProducer();
  const run = randomUUID();
  const ids = [
    ...(await keepNumbered(`${run}-a`, [1, 2, 3])),
    ...(await keepNumbered(`${run}-b`, [4, 5])),
    ...(await keepNumbered(
      `${run}-c`,
      Array.from({ length: 120 }, (_, nr) => nr),
    )),
  ];

  const { outboxIds } = await redrive(ids.toReversed());
  const published = await publish(producer, outboxIds);

  expect(published).toEqual({ acknowledged: 3, rejected: [], left: 0 });
  expect(await waiting()).toEqual([]);
  const values = Map.groupBy(await readOrders(run), ({ key }) => key?.at(-1));
  expect(values.get('a')?.map(({ value }) => value)).toEqual(['1', '2', '3']);
  expect(values.get('b')?.map(({ value }) => value)).toEqual(['4', '5']);
  expect(values.get('c')?.map(({ value }) => Number(value))).toEqual(
    Array.from({ length: 120 }, (_, nr) => nr),
  );
});

test('while Kafka is unavailable all rows remain for the relay, and a later redrive waits for them', async () => {
  await using away = newProducer({ brokers: ['127.0.0.1:1'], deadlineMs: 1_000 });
  await using producer = newProducer();
  const run = randomUUID();
  const [first = ''] = await keepNumbered(run, [1]);
  const earlier = await redrive([first]);

  const published = await publish(away, earlier.outboxIds);
  const [second = ''] = await keepNumbered(run, [2]);
  const later = await redrive([second]);
  const behind = await publish(producer, later.outboxIds);

  expect(published).toEqual({ acknowledged: 0, rejected: [], left: 1 });
  expect(behind).toEqual({ acknowledged: 0, rejected: [], left: 1 });
  expect(await readOrders(run)).toEqual([]);
  expect(await waiting()).toEqual([...earlier.outboxIds, ...later.outboxIds]);
});

test('nothing is sent behind letters of the same key that Kafka did not acknowledge', async () => {
  await using producer = newProducer();
  const run = randomUUID();
  const ids = await keepNumbered(
    run,
    Array.from({ length: 401 }, (_, nr) => nr),
  );
  const failing: Producer<TopicValues> = {
    ...producer,
    send: (topic, message, callbacks) =>
      `${message.value}` === '250'
        ? Promise.reject(new OrderlyError('kafka_unavailable', 'Kafka did not acknowledge in time.'))
        : producer.send(topic, message, callbacks),
  };

  const { outboxIds } = await redrive(ids.slice(0, 1));
  const published = await publish(failing, outboxIds);

  expect(published).toEqual({ acknowledged: 1, rejected: [], left: 2 });
  expect(await waiting()).toEqual(outboxIds.slice(1));
  const values = (await readOrders(run)).map(({ value }) => Number(value));
  expect(values).toHaveLength(399);
  expect(values).not.toContain(400);
});

test('letters that Kafka rejects are reopened, and the others are sent', async () => {
  await using producer = newProducer();
  const run = randomUUID();
  const tooLarge = await keepLetter(db.database, {
    key: Buffer.from(`${run}-a`),
    value: Buffer.alloc(1_048_560), // with the header that a redrive adds, above 1 MiB
  });
  const ids = [tooLarge, ...(await keepNumbered(`${run}-b`, [1]))];

  const { outboxIds } = await redrive(ids);
  const published = await publish(producer, outboxIds);

  expect(published).toEqual({
    acknowledged: 1,
    rejected: [{ id: outboxIds[0], error: expect.stringContaining('the message for topic') }],
    left: 0,
  });
  expect(await letterState(db.database, tooLarge)).toBe('open');
  expect(await waiting()).toEqual([]);
  expect((await readOrders(run)).map(({ value }) => value)).toEqual(['1']);
});

test('a redrive that commits slowly is sent before a later one of the same key', async () => {
  await db.database.query(`
    CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1); RETURN new; END';
    CREATE TRIGGER dawdle BEFORE INSERT ON audit_log FOR EACH ROW WHEN (new.actor = 'cli:slow')
      EXECUTE FUNCTION dawdle()`);
  const [first = ''] = await keepNumbered('slow', [1]);
  const slow = redriveDeadLetters(db.database, { ids: [first] }, 'cli:slow', () => now);
  await untilLocked(first);

  const [second = ''] = await keepNumbered('slow', [2]);
  const later = await redrive([second]);
  const earlier = await waiting();

  expect(later.redriven).toEqual([second]);
  expect(earlier).toEqual([...(await slow).outboxIds, ...later.outboxIds]);
});
