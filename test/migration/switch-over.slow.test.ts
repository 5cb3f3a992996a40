import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pollUntil } from '../../cli/poll-until.ts';
import { kafkajs } from '../../lib/kafka/kafkajs/patched-kafkajs.ts';
import { apiRequest } from '../support/api-request.ts';
import { queryOnce } from '../support/database.ts';
import { createTopicsWithLeaders, kafkaClient, openAdmin, waitForGroups } from '../support/kafka.ts';
import { type RunningStart, startOrderly } from '../support/npm-start.ts';
import { type OwnServers, ownServers } from '../support/own-servers.ts';
import { anOrderJson } from '../support/records.ts';

/** The predecessor's Kafka: a topic with fewer partitions than ours, and a group that is half through it. */
const PARTITIONS = 2;
const PROCESSED = 3;
const PER_PARTITION = 5;
let servers: OwnServers;
let orderly: RunningStart;

beforeAll(async () => {
  servers = ownServers();
  const kafka = await servers.startKafka();
  const brokers = [`127.0.0.1:${kafka.port}`];
  await waitForGroups(brokers);
  await leaveBehind(brokers);
  orderly = await startOrderly({ KAFKA_BROKERS: brokers.join(',') });
});
afterAll(async () => {
  await orderly?.stop();
  await servers[Symbol.asyncDispose]();
});

const orderId = (partition: number, offset: number): string => `order-${partition}-${offset}`;

async function leaveBehind(brokers: string[]): Promise<void> {
  await using admin = await openAdmin(brokers);
  await createTopicsWithLeaders(admin, { topic: 'orders', numPartitions: PARTITIONS });
  // kafkajs repeats a request as a whole when one partition of a fresh topic is not ready yet
  const producer = kafkaClient(brokers).producer({
    idempotent: true,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  const places = Array.from({ length: PARTITIONS * PER_PARTITION }, (_, index) => ({
    partition: index % PARTITIONS,
    offset: Math.floor(index / PARTITIONS),
  }));
  await producer.send({
    topic: 'orders',
    messages: places.map(({ partition, offset }) => ({
      partition,
      key: orderId(partition, offset),
      value: anOrderJson({ order_id: orderId(partition, offset), created_at: '2026-11-01T10:00:00.123456' }),
    })),
  });
  await producer.disconnect();
  await admin.setOffsets({
    groupId: 'order-processing-group',
    topic: 'orders',
    partitions: Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, offset: `${PROCESSED}` })),
  });
}

async function storedIds(): Promise<unknown[]> {
  const rows = await queryOnce(
    orderly.databaseUrl,
    "SELECT order_id FROM orders WHERE order_id LIKE 'order-%' ORDER BY order_id",
  );
  return rows.map(({ order_id }) => order_id);
}

test('the group continues after the last committed record of the predecessor in each partition', async () => {
  const waiting = Array.from({ length: PARTITIONS }, (_, partition) =>
    Array.from({ length: PER_PARTITION - PROCESSED }, (__, index) => orderId(partition, PROCESSED + index)),
  ).flat();

  await pollUntil(async () => (await storedIds()).length >= waiting.length, {
    intervalMs: 100,
    timeoutMs: 60_000,
  });

  expect(await storedIds()).toEqual(waiting);
});

test('a topic with another number of partitions stays as it is, and the start says so', () => {
  expect(orderly.output()).toContain(
    'Topic orders has 2 partitions instead of 6. Orderly does not change it',
  );
});

async function request(path: string, body?: string) {
  const method = body === undefined ? 'GET' : 'POST';
  const { status, body: answer } = await apiRequest(orderly.apiUrl, method, path, body);
  return { status, body: answer };
}

describe("a client of the predecessor's API", () => {
  const order = { customer_id: 'CUST-1', product_id: 'PROD-1', quantity: 3, price: 19.99 };

  test('is answered 202 with the order id and the status that it knows, and links instead of a message', async () => {
    const answer = await request('/api/orders/', JSON.stringify({ ...order, order_id: 'ORD-001' }));

    expect(answer).toEqual({
      status: 202,
      body: {
        order_id: 'ORD-001',
        status: 'PENDING',
        total_amount: 59.97,
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        links: expect.objectContaining({ self: '/api/orders/ORD-001' }),
      },
    });
  });

  test('finds the welcome and the health where they were', async () => {
    const answers = await Promise.all(['/', '/api/health', '/api/health/'].map((path) => request(path)));

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  test.each<[string, string, string]>([
    ['a number in quotes', JSON.stringify({ ...order, quantity: '3' }), 'quantity'],
    ['true as a quantity', JSON.stringify({ ...order, quantity: true }), 'quantity'],
    ['a price of three decimals', JSON.stringify({ ...order, price: 10.999 }), 'price'],
    ['a field that is not known', JSON.stringify({ ...order, note: 'fast' }), 'note'],
    [
      'a time without offset',
      JSON.stringify({ ...order, created_at: '2026-11-01T10:00:00.123456' }),
      'created_at',
    ],
    ['a status of its own', JSON.stringify({ ...order, status: 'COMPLETED' }), 'status'],
    [
      'a total with float noise',
      JSON.stringify({ ...order, price: 1.1, total_amount: 3.3000000000000003 }),
      'total_amount',
    ],
    ['an order id with a space', JSON.stringify({ ...order, order_id: 'order 17' }), 'order_id'],
  ])('that sends %s is answered 400 with the path of the fault', async (_case, body, path) => {
    expect(await request('/api/orders/', body)).toMatchObject({
      status: 400,
      body: { code: 'validation_failed', errors: [{ path }] },
    });
  });
});
