import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { handler as processOrders } from '../../functions/kafka/process-orders.ts';
import { kafkajs } from '../../lib/kafka/kafkajs/patched-kafkajs.ts';
import { createProducer } from '../../lib/kafka/producer/producer.ts';
import { topics } from '../../lib/kafka/topics/topics.ts';
import { migrate } from '../../lib/postgres/migrate.ts';
import { database, producer as sharedProducer } from '../../lib/runtime/connections.ts';
import { ensureTopics } from '../../local/kafka/ensure-topics.ts';
import { emptyDatabase, queryOnce } from '../support/database.ts';
import { lambdaContext } from '../support/http-event.ts';
import { freshTopic, kafkaClient, readTopic, testBrokers } from '../support/kafka.ts';
import { aRecord, mskEvent } from '../support/records.ts';
import { predecessorRecords } from './predecessor-records.ts';

const { partitions, records } = predecessorRecords;
/** Time at which Kafka received the records. No order was created at that time. */
const RECEIVED_MS = Date.parse('2026-11-02T00:00:00Z');

let topic: string;
let orders: Map<unknown, Record<string, unknown>>;
let letters: Record<string, unknown>[];

/** All records go through a real broker to the deployed function in one batch, and then once more. */
beforeAll(async () => {
  topic = await freshTopic(partitions);
  await ensureTopics(testBrokers(), topics);
  const databaseUrl = await emptyDatabase();
  await migrate(databaseUrl);
  Object.assign(process.env, {
    STAGE: 'local',
    DATABASE_URL: databaseUrl,
    KAFKA_BROKERS: testBrokers().join(','),
    LOG_LEVEL: 'error',
  });
  await produceAll();
  const event = mskEvent(await recordsInKafka());

  await processOrders(event, lambdaContext);
  await processOrders(event, lambdaContext);

  const orderRows = await queryOnce(databaseUrl, 'SELECT * FROM orders');
  orders = new Map(orderRows.map((row) => [row.order_id, row]));
  letters = await queryOnce(databaseUrl, 'SELECT * FROM dead_letters');
});
afterAll(async () => {
  await Promise.all([database().close(), sharedProducer().close()]);
});

async function produceAll(): Promise<void> {
  // kafkajs retries the whole request when one partition of a new topic is not ready yet
  const producer = kafkaClient().producer({
    idempotent: true,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  await producer.send({
    topic,
    messages: records.map(({ key, value, partition }) => ({
      key,
      value,
      partition,
      timestamp: `${RECEIVED_MS}`,
    })),
  });
  await producer.disconnect();
}

async function recordsInKafka() {
  const read = await readTopic(topic);
  return read.map(({ partition, offset, key, value }) =>
    aRecord({
      topic,
      partition,
      offset: Number(offset),
      timestamp: RECEIVED_MS,
      key: Buffer.from(key ?? ''),
      value: Buffer.from(value ?? ''),
    }),
  );
}

function recordNamed(name: string): (typeof records)[number] {
  const found = records.find((record) => record.name === name);
  if (!found) {
    throw new Error(`the fixture has no record "${name}"`);
  }
  return found;
}

/** The expected order of most cases. A case lists its differences. */
const storedOrder = {
  customer_id: 'CUST-1',
  product_id: 'PROD-1',
  quantity: 1,
  price_cents: '1050',
  total_cents: '1050',
  status: 'COMPLETED',
  status_reason: null,
  version: 1,
  created_at: new Date('2026-11-01T10:00:00.123Z'),
};

const stored: Record<string, Partial<typeof storedOrder>> = {
  'default id and microseconds': { quantity: 3, price_cents: '1999', total_cents: '5997' },
  'a time of whole seconds': { created_at: new Date('2026-11-01T10:00:00Z') },
  'a time with an offset': { created_at: new Date('2026-11-01T08:00:00Z') },
  'a time in UTC': { created_at: new Date('2026-11-01T10:00:00.500Z') },
  'a time with a space': {},
  'no time': { created_at: new Date(RECEIVED_MS) },
  'a total with float noise': { quantity: 3, price_cents: '110', total_cents: '330' },
  'a price with float noise': { quantity: 2, price_cents: '30', total_cents: '60' },
  'a price of whole units': { price_cents: '1000', total_cents: '1000' },
  'the largest price': { price_cents: '10000000000', total_cents: '10000000000' },
  'escaped Unicode': { customer_id: 'Zoë', product_id: '商品-😀' },
  'plain Unicode': { customer_id: 'Zoë', product_id: '商品-😀' },
  'a short order id': {},
  'a status that is not PENDING': {},
};

const ID_RULE = 'must be 1 to 64 of A-Z a-z 0-9 . _ : - and start with a letter or digit';
const rejected: Record<string, [code: string, message: string]> = {
  'the same id with another quantity': [
    'order_id_conflict',
    `order ${recordNamed('default id and microseconds').key} already exists with different content; the first one is kept`,
  ],
  'a time before 1970': ['schema_invalid', 'created_at: must be between 1970 and 9999'],
  'a price with three decimals': ['schema_invalid', 'price: must have at most 2 decimals'],
  'a price with a small exponent': ['schema_invalid', 'price: must have at most 2 decimals'],
  'a price with a small exponent by pydantic': ['schema_invalid', 'price: must have at most 2 decimals'],
  'a price with a large exponent': ['schema_invalid', 'price: must be at most 100000000'],
  'an infinite price': ['not_json', 'the value is not JSON'],
  'an infinite price by pydantic': ['schema_invalid', 'price: must be of type number'],
  'a huge quantity': ['schema_invalid', 'quantity: must be a whole number up to 1000000'],
  'a huge total': ['schema_invalid', 'quantity: quantity × price must be below 10000000000000'],
  'an order id in Unicode': ['schema_invalid', `order_id: ${ID_RULE}`],
  'an order id with a space': ['schema_invalid', `order_id: ${ID_RULE}`],
  'a long customer id': ['schema_invalid', 'customer_id: must have at most 64 characters'],
};

describe('a record of the predecessor', () => {
  test.each(Object.entries(stored))('(%s) is stored, field by field', (name, differences) => {
    const { key } = recordNamed(name);

    expect(orders.get(key)).toEqual({
      order_id: key,
      updated_at: expect.any(Date),
      created_by: expect.any(String),
      ...storedOrder,
      ...differences,
    });
  });

  test.each(Object.entries(rejected))(
    '(%s) is a dead letter with its key and bytes',
    (name, [code, message]) => {
      const { key, value, partition } = recordNamed(name);

      expect(letters.filter((letter) => String(letter.value) === value)).toMatchObject([
        { code, message, key: Buffer.from(key), topic, partition },
      ]);
    },
  );

  test('is an order or a dead letter; only one that repeats an order is neither, and delivered again none adds anything', () => {
    const repeated = ['the same order sent again'];
    const expected = [...Object.keys(stored), ...Object.keys(rejected), ...repeated];

    expect(records.map(({ name }) => name).sort()).toEqual(expected.sort());
    expect(orders.size).toBe(Object.keys(stored).length);
    expect(letters).toHaveLength(Object.keys(rejected).length);
  });
});

test("every key of the predecessor's goes to the partition on which kafka-python puts it", async () => {
  await using producer = createProducer({ brokers: testBrokers(), clientId: 'test' });
  const keys = await freshTopic(partitions);

  const acknowledged = await Promise.all(records.map(({ key }) => producer.send(keys, { key, value: {} })));

  expect(acknowledged.map(({ partition }) => partition)).toEqual(records.map(({ partition }) => partition));
});
