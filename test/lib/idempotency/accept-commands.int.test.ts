import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { anonymous } from '../../../lib/auth/principal.ts';
import { OrderlyError } from '../../../lib/errors/orderly-error.ts';
import { acceptCommands } from '../../../lib/idempotency/accept-commands.ts';
import { fingerprintOf } from '../../../lib/idempotency/idempotency-key.ts';
import { claimKey, markProduced } from '../../../lib/idempotency/sql/idempotency-keys.ts';
import { createProducer, type Producer } from '../../../lib/kafka/producer/producer.ts';
import type { TopicValues } from '../../../lib/kafka/topics/topics.ts';
import { acceptOrder, cancelOrder } from '../../../lib/orders/accepted-command.ts';
import { decideByRules } from '../../../lib/orders/fulfilment-rules.ts';
import { deterministicIds, type IdGenerator } from '../../../lib/orders/ids.ts';
import type { OrderRequest } from '../../../lib/orders/order-request.ts';
import { createDatabase, type Database } from '../../../lib/postgres/database.ts';
import { orderBatches } from '../../../lib/processing/order-batches.ts';
import { processBatch } from '../../../lib/processing/process-batch.ts';
import { systemClock } from '../../../lib/time/clock.ts';
import { freePort } from '../../../local/process/ports.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { httpEvent } from '../../support/http-event.ts';
import { testBrokers } from '../../support/kafka.ts';
import { asDelivered, ensureOrdersTopic, readOrders } from '../../support/orders-topic.ts';
import { anOrderJson } from '../../support/records.ts';

let db: TestDatabase;
let producer: Producer<TopicValues>;
/** A database without a listener. */
let nowhere: Database;

beforeAll(async () => {
  db = await freshDatabase();
  await ensureOrdersTopic();
  producer = createProducer<TopicValues>({
    brokers: testBrokers(),
    clientId: 'accept-test',
    deadlineMs: 30_000,
  });
  nowhere = createDatabase(`postgresql://postgres@127.0.0.1:${await freePort()}/away`);
});
afterAll(async () => {
  await producer.close();
  await nowhere.close();
  await db[Symbol.asyncDispose]();
});

const anOrder: OrderRequest = { customer_id: 'c-1', product_id: 'p-1', quantity: 2, price: 1999 };
const content = { principal: anonymous, operation: 'create-order', content: anOrder };

const request = (key?: string) =>
  httpEvent('POST', '/api/orders', undefined, key === undefined ? {} : { 'idempotency-key': key });

const create =
  (order: OrderRequest = anOrder) =>
  (ids: IdGenerator) => [acceptOrder(order, 0, ids, systemClock)];

const acceptOne = (key?: string, database: Database = db.database) =>
  acceptCommands({ producer, database }, request(key), content, create());

async function recordsOf(orderId: string | undefined) {
  return readOrders(orderId ?? 'none');
}

describe('a request with an Idempotency-Key', () => {
  test('returns the same command when it is repeated, and produces nothing', async () => {
    const key = randomUUID();

    const first = await acceptOne(key);
    const again = await acceptOne(key);

    expect(first).toMatchObject({ replayed: false, results: [{ acknowledged: true }] });
    expect(again).toMatchObject({ replayed: true, results: [{ acknowledged: true }] });
    expect(again.results[0]?.command).toEqual(first.results[0]?.command);
    expect(await recordsOf(first.results[0]?.command.value.order_id)).toHaveLength(1);
  });

  test('is rejected with different content, and nothing is produced', async () => {
    const key = randomUUID();
    const { results } = await acceptOne(key);
    const other = { ...anOrder, quantity: 3 };

    const rejected = acceptCommands(
      { producer, database: db.database },
      request(key),
      { ...content, content: other },
      create(other),
    );

    await expect(rejected).rejects.toMatchObject({ code: 'idempotency_key_reused' });
    expect(await recordsOf(results[0]?.command.value.order_id)).toHaveLength(1);
  });

  test('is rejected for another operation', async () => {
    const key = randomUUID();
    await acceptOne(key);

    const cancel = acceptCommands(
      { producer, database: db.database },
      request(key),
      { principal: anonymous, operation: 'cancel-order', content: 'o-1' },
      (ids) => [cancelOrder('o-1', undefined, ids)],
    );

    await expect(cancel).rejects.toMatchObject({ code: 'idempotency_key_reused' });
  });

  test('is independent of the same key of another principal, with PostgreSQL and without', async () => {
    const key = randomUUID();
    const acceptAs = (id: string, database: Database) =>
      acceptCommands({ producer, database }, request(key), { ...content, principal: { id } }, create());

    const answers = [
      await acceptAs('one', db.database),
      await acceptAs('two', db.database),
      await acceptAs('one', nowhere),
      await acceptAs('two', nowhere),
    ];

    expect(answers.map(({ replayed }) => replayed)).toEqual([false, false, false, false]);
    const [one, two, ...again] = answers.map(({ results }) => results[0]?.command.value.order_id);
    expect(one).not.toBe(two);
    expect(again).toEqual([one, two]);
  });

  test('creates one order when it is sent twenty times at once: every response and every record are the same', async () => {
    const key = randomUUID();

    const answers = await Promise.all(Array.from({ length: 20 }, () => acceptOne(key)));

    const commands = answers.flatMap(({ results }) => results.map(({ command }) => JSON.stringify(command)));
    expect(new Set(commands).size).toBe(1);
    const records = await recordsOf(answers[0]?.results[0]?.command.value.order_id);
    expect(new Set(records.map(({ value, headers }) => value + JSON.stringify(headers))).size).toBe(1);
  });

  test.each([
    ['before producing', false],
    ['between producing and marking', true],
  ])('is repeated with exactly the stored commands after its process died %s', async (_when, died) => {
    const key = randomUUID();
    const owner = { principal: 'anonymous', key };
    const fingerprint = fingerprintOf(content.operation, content.content);
    const [kept] = create()(deterministicIds(owner.principal, key, fingerprint));
    if (!kept) {
      throw new Error('not reached');
    }
    await claimKey(db.database, owner, fingerprint, [kept]);
    if (died) {
      await acceptCommands({ producer, database: nowhere }, request(key), content, () => [kept]);
    }

    const repeat = await acceptOne(key);
    const third = await acceptOne(key);

    expect(repeat).toMatchObject({ replayed: true, results: [{ acknowledged: true, command: kept }] });
    expect(third.results[0]?.command).toEqual(kept);
    const records = await recordsOf(kept.value.order_id);
    expect(records).toHaveLength(died ? 2 : 1);
    expect(new Set(records.map(({ value }) => value))).toEqual(new Set([JSON.stringify(kept.value)]));
    expect(new Set(records.map(({ headers }) => headers['event-id']))).toEqual(new Set([kept.eventId]));
  });

  test('is accepted in the time of a request while PostgreSQL is unavailable, and a repeat is the same order', async () => {
    const key = randomUUID();

    const startedAt = performance.now();
    const away = await acceptOne(key, nowhere);
    const ms = performance.now() - startedAt;
    const back = await acceptOne(key);

    expect(ms).toBeLessThan(4_000);
    expect(away).toMatchObject({ replayed: false, results: [{ acknowledged: true }] });
    const [first, second] = [away, back].map(({ results }) => results[0]?.command);
    expect(second?.value.order_id).toBe(first?.value.order_id);
    expect(second?.eventId).toBe(first?.eventId);
    const records = asDelivered(await recordsOf(first?.value.order_id));
    const writer = orderBatches(db.database, systemClock);
    expect(await processBatch(records, writer, decideByRules)).toMatchObject({
      records: 2,
      created: 1,
      deadLetters: [],
    });
  });

  /** Sends another request under a key whose first request is this old. */
  const otherRequestAfter = async (key: string, age: string, through = producer) => {
    await db.database.query('UPDATE idempotency_keys SET created_at = now() - $2::interval WHERE key = $1', [
      key,
      age,
    ]);
    const other = { ...anOrder, order_id: `later-${key}`, quantity: 3 };
    return acceptCommands(
      { producer: through, database: db.database },
      request(key),
      { ...content, content: other },
      create(other),
    );
  };

  test('is stored for 24 hours: until then another request with the key is rejected, after that it is accepted', async () => {
    const key = randomUUID();
    await acceptOne(key);

    await expect(otherRequestAfter(key, '23:59:50')).rejects.toMatchObject({
      code: 'idempotency_key_reused',
    });
    expect(await otherRequestAfter(key, '24:00:01')).toMatchObject({
      replayed: false,
      results: [{ command: { value: { quantity: 3 } } }],
    });
  });

  test('that replaces an expired one is produced by its repeat if Kafka did not acknowledge it', async () => {
    const key = randomUUID();
    await acceptOne(key);
    const deaf: Producer<TopicValues> = {
      ...producer,
      send: () => Promise.reject(new OrderlyError('kafka_unavailable', 'away')),
    };

    const lost = await otherRequestAfter(key, '24:00:01', deaf);
    const repeat = await otherRequestAfter(key, '00:00:01');

    expect(lost.results).toMatchObject([{ acknowledged: false }]);
    expect(repeat).toMatchObject({ replayed: true, results: [{ acknowledged: true }] });
    expect(await readOrders(`later-${key}`)).toMatchObject([
      { value: expect.stringContaining('"quantity":3') },
    ]);
  });

  test('is not marked by the late end of an earlier request with the same key', async () => {
    const owner = { principal: 'anonymous', key: randomUUID() };
    const [mine, others] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    await claimKey(db.database, owner, mine, []);

    await markProduced(db.database, owner, others);

    expect(await claimKey(db.database, owner, mine, [])).toMatchObject({ produced: false });
  });

  test('is accepted when PostgreSQL rejects a write, before producing and after', async () => {
    const isMark = (text: string): boolean => text.includes('SET produced_at');
    const rejecting = (when: (text: string) => boolean): Database => ({
      ...db.database,
      within: (timeoutMs) => ({
        query: (text, values) =>
          when(text)
            ? Promise.reject(Object.assign(new Error('read-only'), { code: '25006' }))
            : db.database.within(timeoutMs).query(text, values),
      }),
    });
    const key = randomUUID();

    const unclaimed = await acceptOne(
      randomUUID(),
      rejecting(() => true),
    );
    const unmarked = await acceptOne(key, rejecting(isMark));
    const repeat = await acceptOne(key);

    expect(unclaimed).toMatchObject({ replayed: false, results: [{ acknowledged: true }] });
    expect(unmarked).toMatchObject({ replayed: false, results: [{ acknowledged: true }] });
    expect(repeat).toMatchObject({ replayed: true, results: [{ command: unmarked.results[0]?.command }] });
    expect(await recordsOf(repeat.results[0]?.command.value.order_id)).toHaveLength(2);
  });

  test('also takes effect once for a cancel', async () => {
    const key = randomUUID();
    const orderId = `cancelled-${key}`;
    const cancel = () =>
      acceptCommands(
        { producer, database: nowhere },
        request(key),
        { principal: anonymous, operation: 'cancel-order', content: orderId },
        (ids) => [cancelOrder(orderId, undefined, ids)],
      );

    await cancel();
    await cancel();

    const writer = orderBatches(db.database, systemClock);
    const record = { topic: 'orders', partition: 0, offset: 0, timestamp: 0, key: null, headers: [] };
    const value = anOrderJson({ order_id: orderId });
    const delivered = [{ ...record, value }, ...asDelivered(await readOrders(orderId))];
    await processBatch(delivered, writer, () => ({ status: 'PROCESSING' }));
    const { rows } = await db.database.query(
      'SELECT version FROM order_status_history WHERE order_id = $1 ORDER BY version',
      [orderId],
    );
    expect(rows).toEqual([{ version: 1 }, { version: 2 }]);
    const records = await readOrders(orderId);
    expect(records).toMatchObject([
      { key: orderId, headers: { 'event-type': 'order.cancel_requested' } },
      { key: orderId, headers: { 'event-type': 'order.cancel_requested' } },
    ]);
    expect(new Set(records.map(({ headers }) => headers['event-id'])).size).toBe(1);
  });

  test.each(['', 'with space', 'ü', 'x'.repeat(256)])('%p is rejected as a key', async (key) => {
    await expect(acceptOne(key)).rejects.toMatchObject({
      code: 'validation_failed',
      details: { errors: [{ path: 'Idempotency-Key' }] },
    });
  });
});

test('every request without a key is a new order', async () => {
  const [first, second] = await Promise.all([acceptOne(), acceptOne()]);

  expect(first?.results[0]?.command.value.order_id).not.toBe(second?.results[0]?.command.value.order_id);
});
