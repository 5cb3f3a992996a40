import { beforeEach, expect, test } from '@jest/globals';
import type { Message, Producer } from '../../../lib/kafka/producer/producer.ts';
import type { TopicValues } from '../../../lib/kafka/topics/topics.ts';
import type { RegisteredSchema } from '../../../lib/schema-registry/registered-schemas.ts';
import { withSchemaIds } from '../../../lib/schema-registry/with-schema-ids.ts';

const ID = Buffer.from([0, 0, 0, 0, 7]);

let sent: [topic: string, headers: Message<unknown>['headers']][];
let asked: string[];

beforeEach(() => {
  sent = [];
  asked = [];
});

/** A producer that only records what it is told to send. */
const recorder: Producer<TopicValues> = {
  send: async (topic, { headers }) => {
    sent.push([topic, headers]);
    return { topic, partition: 0, offset: 0n };
  },
  flush: async () => undefined,
  close: async () => undefined,
  [Symbol.asyncDispose]: async () => undefined,
};

const labelled = (id: ReturnType<Parameters<typeof withSchemaIds>[1]> = ID) =>
  withSchemaIds(recorder, ({ name }: RegisteredSchema) => {
    asked.push(name);
    return id;
  });

const order = { order_id: 'o-1', customer_id: 'c', product_id: 'p', quantity: 1, price: 1 } as const;
const full = { ...order, total_amount: 1, status: 'PENDING', created_at: '2026-11-01T10:00:00Z' } as const;

test('an order, a cancel and a status event carry the id of their own schema, after their own headers', async () => {
  const producer = labelled();

  await producer.send('orders', { key: 'o-1', value: full, headers: { 'event-id': 'e-1' } });
  await producer.send('orders', {
    key: 'o-1',
    value: { order_id: 'o-1' },
    headers: { 'event-id': 'e-2', 'event-type': 'order.cancel_requested' },
  });
  await producer.send('orders.status', {
    key: 'o-1',
    value: {
      order_id: 'o-1',
      customer_id: 'c',
      version: 1,
      status: 'COMPLETED',
      status_reason: null,
      at: '',
    },
  });

  expect(asked).toEqual(['order-record', 'cancel-record', 'status-event']);
  expect(sent).toEqual([
    ['orders', { 'event-id': 'e-1', __value_schema_id: ID }],
    ['orders', { 'event-id': 'e-2', 'event-type': 'order.cancel_requested', __value_schema_id: ID }],
    ['orders.status', { __value_schema_id: ID }],
  ]);
});

test('bytes, such as a redriven record or a dead letter, are sent with their own headers only', async () => {
  const producer = labelled();
  const headers = { 'event-id': 'e-1' };

  await producer.send('orders', { key: 'o-1', value: Buffer.from('{}'), headers });
  await producer.send('orders.dlq', { key: 'o-1', value: Buffer.from('{}'), headers });
  await producer.send('orders', { key: 'o-1', value: null, headers });

  expect(asked).toEqual([]);
  expect(sent.map(([, given]) => given)).toEqual([headers, headers, headers]);
});

test('a message without an id is sent unchanged, and a message of an unknown event type has no schema', async () => {
  await labelled(Promise.resolve(undefined)).send('orders', { key: 'o-1', value: full });
  await labelled().send('orders', { key: 'o-1', value: full, headers: { 'event-type': 'order.other' } });

  expect(sent).toEqual([
    ['orders', undefined],
    ['orders', { 'event-type': 'order.other' }],
  ]);
});

test('messages that wait for the same id keep their order', async () => {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  const producer = labelled(promise);

  const all = ['1', '2', '3'].map((id) =>
    producer.send('orders', { key: 'o-1', value: full, headers: { 'event-id': id } }),
  );
  expect(sent).toEqual([]);
  resolve(ID);
  await Promise.all(all);

  expect(sent.map(([, headers]) => headers?.['event-id'])).toEqual(['1', '2', '3']);
});
