import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { anonymous } from '../../../lib/auth/principal.ts';
import { OrderlyError } from '../../../lib/errors/orderly-error.ts';
import { bulkResponse } from '../../../lib/http/command-responses.ts';
import { acceptCommands } from '../../../lib/idempotency/accept-commands.ts';
import { createProducer, type Producer } from '../../../lib/kafka/producer/producer.ts';
import type { TopicValues } from '../../../lib/kafka/topics/topics.ts';
import { acceptOrder } from '../../../lib/orders/accepted-command.ts';
import { decideByRules } from '../../../lib/orders/fulfilment-rules.ts';
import { orderBatches } from '../../../lib/processing/order-batches.ts';
import { processBatch } from '../../../lib/processing/process-batch.ts';
import { systemClock } from '../../../lib/time/clock.ts';
import type { Server } from '../../../local/process/server-process.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { httpEvent } from '../../support/http-event.ts';
import { asDelivered, ensureOrdersTopic, readOrders } from '../../support/orders-topic.ts';
import { type OwnServers, ownServers } from '../../support/own-servers.ts';

const ORDERS = 1_000;
const ORDERS_OF_FIRST_REQUEST = 100;

let servers: OwnServers;
let kafka: Server;
let brokers: string[];
let producer: Producer<TopicValues>;
/** For the repeated requests: the broker has just started. */
let patient: Producer<TopicValues>;
let db: TestDatabase;

beforeAll(async () => {
  servers = ownServers();
  kafka = await servers.startKafka();
  brokers = [`127.0.0.1:${kafka.port}`];
  await ensureOrdersTopic(brokers);
  producer = createProducer<TopicValues>({ brokers, clientId: 'bulk-test' });
  patient = createProducer<TopicValues>({ brokers, clientId: 'bulk-test', deadlineMs: 60_000 });
  db = await freshDatabase();
});
afterAll(async () => {
  await Promise.all([producer.close(), patient.close()]);
  await db[Symbol.asyncDispose]();
  await servers[Symbol.asyncDispose]();
});

interface BulkBody {
  readonly accepted: number;
  readonly failed: number;
  readonly results: readonly { index: number; order_id: string; status?: string; code?: string }[];
}

/** Sends 1,000 orders as `POST /api/orders/bulk` does. `orderIds` or `key` make the request a repeat. */
async function sendBulk(
  through: Producer<TopicValues>,
  { key, orderIds }: { key?: string; orderIds?: readonly string[] },
): Promise<{ statusCode: number; body: BulkBody }> {
  const orders = Array.from({ length: ORDERS }, (_, index) => ({
    customer_id: 'c-1',
    product_id: 'p-1',
    quantity: index + 1,
    price: 100,
    ...(orderIds && { order_id: orderIds[index] }),
  }));
  const request = httpEvent('POST', '/api/orders/bulk', undefined, key ? { 'idempotency-key': key } : {});
  const accepted = await acceptCommands(
    { producer: through, database: db.database },
    request,
    { principal: anonymous, operation: 'create-orders-bulk', content: orders },
    (ids) => orders.map((order, index) => acceptOrder(order, index, ids, systemClock)),
  );
  const { statusCode = 0, body } = bulkResponse(accepted);
  return { statusCode, body: JSON.parse(body ?? '') };
}

/**
 * Returns the producer, which sends 100 messages first: the others would be in the same request. When Kafka has acknowledged
 * the first message, `act` runs, and the others are sent.
 */
function afterFirst(act: () => void): Producer<TopicValues> {
  let sent = 0;
  let acted: Promise<void> | undefined;
  return {
    ...producer,
    send: async (topic, message) => {
      sent += 1;
      if (sent > ORDERS_OF_FIRST_REQUEST) {
        await acted;
        return producer.send(topic, message);
      }
      const sending = producer.send(topic, message);
      acted ??= sending.then(act);
      return sending;
    },
  };
}

/** Delivers all records of these orders from Kafka, and returns how they are stored. */
async function storedOnce(orderIds: readonly string[]): Promise<unknown> {
  const wanted = new Set(orderIds);
  const records = (await readOrders('', brokers)).filter(({ key }) => wanted.has(key ?? ''));
  const writer = orderBatches(db.database, systemClock);
  await processBatch(asDelivered(records), writer, decideByRules);
  const { rows } = await db.database.query(
    `SELECT count(*)::int AS orders, count(DISTINCT quantity)::int AS quantities, max(version) AS version,
            (SELECT count(*)::int FROM order_status_history WHERE order_id = ANY ($1)) AS history,
            (SELECT count(*)::int FROM dead_letters) AS letters
     FROM orders WHERE order_id = ANY ($1)`,
    [orderIds],
  );
  return rows[0];
}

const eachOnce = { orders: ORDERS, quantities: ORDERS, version: 1, history: ORDERS, letters: 0 };

describe('a bulk of 1,000 orders', () => {
  test.each([
    ['with the order ids', false],
    ['under the same Idempotency-Key', true],
  ])(
    'of which Kafka accepts some before the connection is lost gets 207; sent again %s, each order is stored once',
    async (_how, withKey) => {
      const key = randomUUID();
      const ids = Array.from({ length: ORDERS }, (_, index) => `cut-${key}-${index}`);
      const sent = withKey ? { key } : { orderIds: ids };

      const cut = await sendBulk(
        afterFirst(() => kafka.kill()),
        sent,
      );
      await kafka.ended;
      kafka = await servers.startKafka(kafka.port);
      const again = await sendBulk(patient, sent);

      expect(cut.statusCode).toBe(207);
      expect(cut.body.accepted).toBeGreaterThan(0);
      expect(cut.body.failed).toBeGreaterThan(0);
      const acknowledged = cut.body.results.filter(({ status }) => status === 'PENDING');
      const unknown = cut.body.results.filter(({ code }) => code === 'kafka_unavailable');
      expect([acknowledged.length, unknown.length]).toEqual([cut.body.accepted, cut.body.failed]);
      expect(cut.body.results.map(({ index }) => index)).toEqual(ids.map((_, index) => index));
      const orderIds = cut.body.results.map(({ order_id }) => order_id);
      expect(again).toMatchObject({ statusCode: 202, body: { accepted: ORDERS, failed: 0 } });
      expect(again.body.results.map(({ order_id }) => order_id)).toEqual(orderIds);
      expect(await storedOnce(orderIds)).toEqual(eachOnce);
    },
  );

  test('of which Kafka accepts none gets 503 with a result for each; sent again, each order is stored once', async () => {
    const key = randomUUID();
    kafka.kill();
    await kafka.ended;

    const rejected = await sendBulk(producer, { key }).catch((error: unknown) => error);
    kafka = await servers.startKafka(kafka.port);
    const again = await sendBulk(patient, { key });

    expect(rejected).toBeInstanceOf(OrderlyError);
    expect(rejected).toMatchObject({ code: 'kafka_unavailable' });
    const { results } = (rejected as OrderlyError).details as unknown as BulkBody;
    expect(results).toHaveLength(ORDERS);
    expect(new Set(results.map(({ code }) => code))).toEqual(new Set(['kafka_unavailable']));
    const orderIds = results.map(({ order_id }) => order_id);
    expect(again.statusCode).toBe(202);
    expect(again.body.results.map(({ order_id }) => order_id)).toEqual(orderIds);
    expect(await storedOnce(orderIds)).toEqual(eachOnce);
  });
});
