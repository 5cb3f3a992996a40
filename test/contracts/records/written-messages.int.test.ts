import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { redriveDeadLetters } from '../../../lib/dead-letters/redrive-dead-letters.ts';
import { publishCommands } from '../../../lib/idempotency/publish-commands.ts';
import { createProducer, type Producer } from '../../../lib/kafka/producer/producer.ts';
import type { TopicValues } from '../../../lib/kafka/topics/topics.ts';
import { acceptOrder, cancelOrder } from '../../../lib/orders/accepted-command.ts';
import { awaitWebhook } from '../../../lib/orders/fulfilment-rules.ts';
import { randomIds } from '../../../lib/orders/ids.ts';
import { publishOutbox } from '../../../lib/outbox/publish-outbox.ts';
import { publishRedriven } from '../../../lib/outbox/publish-redriven.ts';
import { orderBatches } from '../../../lib/processing/order-batches.ts';
import { processBatch } from '../../../lib/processing/process-batch.ts';
import { systemClock } from '../../../lib/time/clock.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { keepExhausted } from '../../support/dead-letters.ts';
import { validatorOf } from '../../support/json-schema-validator.ts';
import { type ReadRecord, readTopic, testBrokers } from '../../support/kafka.ts';
import { asDelivered, ensureOrdersTopic, readOrders } from '../../support/orders-topic.ts';

/** Messages that the code of the functions wrote to a real broker, against the checked-in schemas. */

const run = randomUUID();
const accepted = `${run}-accepted`;
const exhausted = `${run}-exhausted`;
const poison = `${run}-poison`;

let db: TestDatabase;
let producer: Producer<TopicValues>;

beforeAll(async () => {
  await ensureOrdersTopic();
  db = await freshDatabase();
  producer = createProducer<TopicValues>({
    brokers: testBrokers(),
    clientId: 'contracts-test',
    deadlineMs: 30_000,
  });
  await writeEveryMessage();
});
afterAll(async () => {
  await producer[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
});

/** Writes an order, a cancel, a record that is not JSON, their status event and dead letter, and a retry. */
async function writeEveryMessage(): Promise<void> {
  const request = {
    order_id: accepted,
    customer_id: 'customer-1',
    product_id: 'soap',
    quantity: 3,
    price: 1999,
  };
  const order = acceptOrder(request, 0, randomIds, systemClock);
  await publishCommands(producer, [order, cancelOrder(accepted, 'customer-1', randomIds)]);
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  await producer.send('orders', { key: poison, value: Buffer.from('order 3'), headers: { traceparent } });

  const records = asDelivered(await readOrders(run));
  const { outbox } = await processBatch(records, orderBatches(db.database, systemClock), awaitWebhook);
  await publishOutbox(producer, outbox, 'writer');

  const letter = await keepExhausted(db.database, exhausted, 2);
  const { outboxIds } = await redriveDeadLetters(db.database, { ids: [letter] }, 'test', systemClock);
  await publishRedriven(db.database, producer, outboxIds, systemClock);
}

/** Returns the only message of a key with this event type. */
async function messageOf(
  topic: string,
  key: string,
  eventType?: string,
): Promise<Pick<ReadRecord, 'value' | 'headers'>> {
  const found = (await readTopic(topic)).filter(
    (record) => record.key === key && record.headers['event-type'] === eventType,
  );
  expect(found).toHaveLength(1);
  return found[0] ?? { value: null, headers: {} };
}

const schemaNamed = (name: string) => JSON.parse(readFileSync(`contracts/schemas/${name}.json`, 'utf8'));

/** Returns whether the value is valid, and has no property that the schemas do not describe. */
function isDescribed(value: object, ...names: readonly string[]): boolean {
  const schemas = names.map(schemaNamed);
  const described = schemas.flatMap(({ properties }) => Object.keys(properties));
  return (
    validatorOf({ allOf: schemas })(value) && Object.keys(value).every((name) => described.includes(name))
  );
}

test.each([
  ['order-record', undefined, accepted],
  ['cancel-record', 'order.cancel_requested', accepted],
  ['retry-record', 'order.retry_requested', exhausted],
])(
  'a message of Orderly by the schema %s (event type: %s) is valid, and has an event id and the order id as key',
  async (schema, eventType, orderId) => {
    const { value, headers } = await messageOf('orders', orderId, eventType);

    expect(JSON.parse(String(value))).toMatchObject({ order_id: orderId });
    expect(isDescribed(JSON.parse(String(value)), schema)).toBe(true);
    expect(headers).toHaveProperty('event-id');
    expect(isDescribed(headers, 'record-headers')).toBe(true);
  },
);

test('an order that Orderly accepts has every field that the schema describes', async () => {
  const { properties } = schemaNamed('order-record');
  const { value } = await messageOf('orders', accepted);

  expect(Object.keys(JSON.parse(String(value))).sort()).toEqual(Object.keys(properties).sort());
});

test('the status event of the cancelled order is valid, and has no headers', async () => {
  const { value, headers } = await messageOf('orders.status', accepted);

  expect(JSON.parse(String(value))).toMatchObject({ order_id: accepted, status: 'CANCELLED', version: 2 });
  expect(isDescribed(JSON.parse(String(value)), 'status-event')).toBe(true);
  expect(headers).toEqual({});
});

test('the dead letter has the value and the headers of the record, and those that the schema describes', async () => {
  const { value, headers } = await messageOf('orders.dlq', poison);

  expect(value).toBe('order 3');
  expect(headers).toMatchObject({ traceparent: expect.any(String), 'dead-letter-code': 'not_json' });
  expect(isDescribed(headers, 'dead-letter-headers', 'record-headers')).toBe(true);
});

test('a value with a property that the schema does not describe, or without a required one, is found', async () => {
  const { headers } = await messageOf('orders.dlq', poison);
  const { 'dead-letter-code': _code, ...incomplete } = headers;

  expect(isDescribed({ ...headers, other: '' }, 'dead-letter-headers', 'record-headers')).toBe(false);
  expect(isDescribed(incomplete, 'dead-letter-headers', 'record-headers')).toBe(false);
});
