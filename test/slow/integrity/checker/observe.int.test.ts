import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import type { kafkajs } from '../../../../lib/kafka/kafkajs/patched-kafkajs.ts';
import { topics } from '../../../../lib/kafka/topics/topics.ts';
import { migrate } from '../../../../lib/postgres/migrate.ts';
import { ensureTopics } from '../../../../local/kafka/ensure-topics.ts';
import { LOCAL_HOST } from '../../../../local/process/ports.ts';
import { queryOnce } from '../../../support/database.ts';
import { kafkaClient, openAdmin } from '../../../support/kafka.ts';
import { type OwnServers, ownServers } from '../../../support/own-servers.ts';
import { until } from '../../../support/until.ts';
import { contentOf } from '../load/planned-load.ts';
import { isDrained } from './is-drained.ts';
import { observe } from './observe.ts';
import { headersDigest } from './read-records.ts';

const EVENT_ID = '0195b0a0-0000-7000-8000-000000000001';
const AT = '2026-11-01T10:00:00.123Z';
const order = {
  order_id: 'order-1',
  customer_id: 'customer-1',
  product_id: 'Prödukt',
  quantity: 3,
  price: 19.99,
  created_at: '2026-11-01T09:00:00.001Z',
};
const poison = Buffer.from([0xff, 0x00, 0xc3]);
const headers = headersDigest([['constructor', Buffer.from([0xff])]]);

let servers: OwnServers;
let brokers: string[];
let databaseUrl: string;

beforeAll(async () => {
  servers = ownServers();
  const [kafka, postgres] = await Promise.all([servers.startKafka(), servers.startPostgres()]);
  brokers = [`${LOCAL_HOST}:${kafka.port}`];
  databaseUrl = servers.databaseUrl(postgres, 'postgres');
  await Promise.all([ensureTopics(brokers, topics), migrate(databaseUrl)]);
  // the partitions of a new topic have no leader at first
  await until(
    'Kafka reports the end offsets',
    async () => (await isDrained({ databaseUrl, brokers })).drained,
  );
});
afterAll(async () => {
  await servers[Symbol.asyncDispose]();
});

const sql = (statement: string) => queryOnce(databaseUrl, statement);

async function produce(topic: string, messages: kafkajs.Message[]): Promise<void> {
  const producer = kafkaClient(brokers).producer();
  await producer.connect();
  await producer.send({ topic, messages });
  await producer.disconnect();
}

test('an empty system is drained and has no observations', async () => {
  const observations = await observe({ databaseUrl, brokers });

  expect({ ...observations, positions: [] }).toEqual({
    orders: [],
    history: [],
    deadLetters: [],
    attempts: [],
    outbox: [],
    records: [],
    statusEvents: [],
    letterCopies: [],
    positions: [],
  });
  expect(observations.positions).toHaveLength(12);
  expect(await isDrained({ databaseUrl, brokers })).toEqual({ drained: true, waitingFor: '' });
});

describe('a system in the middle of its work', () => {
  beforeAll(async () => {
    await produce('orders', [
      {
        partition: 2,
        key: 'order-1',
        value: JSON.stringify(order),
        headers: { 'event-id': EVENT_ID.toUpperCase() },
      },
      {
        partition: 2,
        key: 'order-1',
        value: '{"order_id":"order-1"}',
        headers: { 'event-type': 'order.cancel_requested' },
      },
      {
        partition: 3,
        key: 'poison',
        value: poison,
        headers: { 'event-id': '', constructor: Buffer.from([0xff]) },
      },
    ]);
    await produce('orders.status', [
      {
        partition: 0,
        key: 'order-1',
        value: JSON.stringify({
          order_id: 'order-1',
          customer_id: 'customer-1',
          version: 1,
          status: 'PROCESSING',
          status_reason: null,
          at: AT,
        }),
      },
      { partition: 1, key: 'order-1', value: 'no event' },
    ]);
    await produce('orders.dlq', [
      {
        key: 'poison',
        value: poison,
        headers: {
          'event-id': '',
          constructor: Buffer.from([0xff]),
          'dead-letter-partition': '3',
          'dead-letter-offset': '0',
          'dead-letter-code': 'undecodable',
          'dead-letter-attempts': '1',
        },
      },
    ]);
    await using admin = await openAdmin(brokers);
    await admin.setOffsets({
      groupId: 'order-processing-group',
      topic: 'orders',
      partitions: [{ partition: 2, offset: '1' }],
    });
    await sql(`
      INSERT INTO orders VALUES ('order-1', 'customer-1', 'Prödukt', 3, 1999, 5997, 'PROCESSING', NULL, 1, '${order.created_at}', '${AT}');
      INSERT INTO order_status_history VALUES ('order-1', '${EVENT_ID}', 'order.created', 1, 'PROCESSING', NULL, '${AT}');
      INSERT INTO fulfilment_attempts (order_id, waiting_since, next_attempt_at, topic, partition, "offset", timestamp_ms, headers)
        VALUES ('order-1', '${AT}', '${AT}', 'orders', 2, 0, 1, ''), ('order-2', '${AT}', NULL, 'orders', 2, 0, 1, '');
      INSERT INTO outbox (created_at, kind, set_aside_at, error) VALUES ('${AT}', 'dead_letter', NULL, NULL), ('${AT}', 'redrive', '${AT}', 'too large')`);
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    await client.query(
      `INSERT INTO dead_letters (topic, partition, "offset", timestamp_ms, event_id, key, value, headers, code, message)
       VALUES ('orders', 3, 0, 1, $1, 'poison', $2, '[["constructor","/w=="],["event-id",""]]', 'undecodable', 'no text')`,
      [EVENT_ID, poison],
    );
    await client.end();
  });

  test('every table is read', async () => {
    const { orders, history, deadLetters, attempts, outbox } = await observe({ databaseUrl, brokers });

    expect(orders).toEqual([
      {
        orderId: 'order-1',
        customerId: 'customer-1',
        content: contentOf(order),
        status: 'PROCESSING',
        statusReason: null,
        version: 1,
      },
    ]);
    expect(history).toEqual([
      {
        orderId: 'order-1',
        eventId: EVENT_ID,
        eventType: 'order.created',
        version: 1,
        status: 'PROCESSING',
        statusReason: null,
        at: Date.parse(AT),
      },
    ]);
    expect(deadLetters).toEqual([
      {
        id: '1',
        partition: 3,
        offset: 0,
        eventId: EVENT_ID,
        key: 'poison',
        digest: createHash('sha256').update(poison).digest('hex'),
        headers,
        code: 'undecodable',
        state: 'open',
        refusals: 1,
      },
    ]);
    expect(attempts).toEqual([
      { orderId: 'order-1', nextAttemptAt: Date.parse(AT) },
      { orderId: 'order-2', nextAttemptAt: null },
    ]);
    expect(outbox).toEqual([
      { id: '1', kind: 'dead_letter', error: null },
      { id: '2', kind: 'redrive', error: 'too large' },
    ]);
  });

  test('every record of the three topics is read', async () => {
    const { records, statusEvents, letterCopies } = await observe({ databaseUrl, brokers });

    const byOffset = records.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset);
    expect(byOffset).toMatchObject([
      {
        partition: 2,
        offset: 0,
        key: 'order-1',
        eventId: EVENT_ID,
        eventType: 'order.created',
        content: contentOf(order),
      },
      { partition: 2, offset: 1, key: 'order-1', eventType: 'order.cancel_requested', content: null },
      {
        partition: 3,
        offset: 0,
        key: 'poison',
        content: null,
        digest: createHash('sha256').update(poison).digest('hex'),
        headers,
      },
    ]);
    expect(new Set(records.map(({ eventId }) => eventId)).size).toBe(3);
    expect(statusEvents.toSorted((a, b) => a.partition - b.partition)).toMatchObject([
      { partition: 0, offset: 0, event: { order_id: 'order-1', version: 1, at: AT } },
      { partition: 1, offset: 0, event: null },
    ]);
    expect(letterCopies).toEqual([
      {
        partition: 3,
        offset: 0,
        key: 'poison',
        digest: createHash('sha256').update(poison).digest('hex'),
        headers,
        code: 'undecodable',
        refusals: 1,
      },
    ]);
  });

  test('the positions give committed offsets and end offsets', async () => {
    const { positions } = await observe({ databaseUrl, brokers });

    expect(positions.filter(({ end }) => end > 0)).toEqual([
      { group: 'order-processing-group', topic: 'orders', partition: 2, committed: 1, end: 2 },
      { group: 'order-processing-group', topic: 'orders', partition: 3, committed: 0, end: 1 },
      { group: 'order-fulfilment-group', topic: 'orders.status', partition: 0, committed: 0, end: 1 },
      { group: 'order-fulfilment-group', topic: 'orders.status', partition: 1, committed: 0, end: 1 },
    ]);
  });

  test('it is not drained, and reports the remaining work', async () => {
    const drain = await isDrained({ databaseUrl, brokers });

    expect(drain).toEqual({
      drained: false,
      waitingFor:
        '2 records of order-processing-group, 2 records of order-fulfilment-group, 1 orders PROCESSING, 1 attempts, 1 rows of the outbox',
    });
  });
});

test('unavailable servers count as remaining work', async () => {
  const drain = await isDrained({ databaseUrl, brokers: [`${LOCAL_HOST}:1`] });

  expect(drain.drained).toBe(false);
  expect(drain.waitingFor).not.toBe('');
});
