import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { queryOnce } from '../support/database.ts';
import { kafkaClient } from '../support/kafka.ts';
import { type SharedStart, sharedStart } from '../support/npm-start.ts';
import { until } from '../support/until.ts';

const PARTITION = 2;
const RECORDS = 150;

interface Poison {
  readonly code: string;
  readonly value: (orderId: string) => Buffer | string | null;
  readonly headers?: Record<string, string>;
}

/** A product that only PostgreSQL rejects. */
const REJECTED = 'rejected-by-the-database';

const orderJson = (orderId: string, quantity = 1, productId = 'p'): string =>
  JSON.stringify({ order_id: orderId, customer_id: 'c', product_id: productId, quantity, price: 5 });

/** One record of each kind: undecodable, not allowed, and rejected only by PostgreSQL. */
const poisons: readonly Poison[] = [
  { code: 'undecodable', value: () => Buffer.from([0xff, 0xfe, 0x00]) },
  { code: 'undecodable', value: () => null },
  { code: 'not_json', value: () => '{"order_id":' },
  { code: 'schema_invalid', value: (orderId) => orderJson(orderId, 0) },
  { code: 'unknown_event_type', value: orderJson, headers: { 'event-type': 'order.exploded' } },
  { code: 'order_unknown', value: orderJson, headers: { 'event-type': 'order.cancel_requested' } },
  { code: 'order_id_conflict', value: () => orderJson('neighbour-0', 2) },
  { code: 'database_refused', value: (orderId) => orderJson(orderId, 1, REJECTED) },
];

let orderly: SharedStart;

beforeAll(async () => {
  orderly = await sharedStart();
  await queryOnce(
    orderly.databaseUrl,
    `ALTER TABLE orders ADD CONSTRAINT rejected CHECK (product_id <> '${REJECTED}')`,
  );
});
afterAll(() => queryOnce(orderly.databaseUrl, 'ALTER TABLE orders DROP CONSTRAINT rejected'));

/** Returns the offset of the first record. */
async function produceAtOnce(
  messages: { key: string; value: Buffer | string | null; headers?: Record<string, string> }[],
): Promise<number> {
  const producer = kafkaClient([orderly.kafkaBrokers]).producer();
  await producer.connect();
  const [sent] = await producer.send({
    topic: 'orders',
    acks: -1,
    messages: messages.map((message) => ({ ...message, partition: PARTITION })),
  });
  await producer.disconnect();
  return Number(sent?.baseOffset);
}

/** Returns how many invocations contained records at or after an offset. */
async function invocationsFrom(first: number): Promise<number> {
  const lines = (await orderly.output()).split('\n').filter((line) => line.includes('process-orders'));
  const ranges = lines.flatMap((line) => [
    ...line.matchAll(new RegExp(`orders-${PARTITION}:(\\d+)(?:-(\\d+))?`, 'g')),
  ]);
  return ranges.filter(([, from, to = from]) => Number(from) < first + RECORDS && Number(to) >= first).length;
}

const ofThese = (first: number): string =>
  `topic = 'orders' AND partition = ${PARTITION} AND "offset" BETWEEN ${first} AND ${first + RECORDS - 1}`;

test('in a batch with poison of every kind the valid orders are committed by the second invocation at the latest, and every poison record is a dead letter', async () => {
  const isPoison = (index: number): boolean => index % 3 === 1;
  const poisonAt = (index: number): Poison => poisons[Math.floor(index / 3) % poisons.length] as Poison;
  const messages = Array.from({ length: RECORDS }, (_, index) => {
    const orderId = `${isPoison(index) ? 'poison' : 'neighbour'}-${index}`;
    const { value = orderJson, headers = {} } = isPoison(index) ? poisonAt(index) : {};
    return { key: orderId, value: value(orderId), headers };
  });
  const good = messages.map(({ key }) => key).filter((key) => key.startsWith('neighbour'));
  const codes = messages.flatMap((_, index) => (isPoison(index) ? [poisonAt(index).code] : []));

  const first = await produceAtOnce(messages);
  await until('every record is stored or a dead letter', async () => {
    const [row] = await queryOnce(
      orderly.databaseUrl,
      `SELECT (SELECT count(*) FROM orders WHERE order_id LIKE 'neighbour-%')::int
            + (SELECT count(*) FROM dead_letters WHERE ${ofThese(first)})::int AS n`,
    );
    return row?.n === RECORDS;
  });
  await until('the function has logged the batch', async () => (await invocationsFrom(first)) > 0);
  const orders = await queryOnce(
    orderly.databaseUrl,
    "SELECT order_id, quantity, status FROM orders WHERE order_id LIKE 'neighbour-%' OR order_id LIKE 'poison-%'",
  );
  const letters = await queryOnce(
    orderly.databaseUrl,
    `SELECT code, "offset"::int - ${first} AS position FROM dead_letters WHERE ${ofThese(first)} ORDER BY "offset"`,
  );

  expect(await invocationsFrom(first)).toBeLessThanOrEqual(2);
  expect(new Set(orders.map(({ order_id }) => order_id))).toEqual(new Set(good));
  expect(orders.filter(({ quantity, status }) => quantity !== 1 || status !== 'COMPLETED')).toEqual([]);
  expect(letters.map(({ code }) => code)).toEqual(codes);
  expect(letters.every(({ position }) => isPoison(Number(position)))).toBe(true);
});
