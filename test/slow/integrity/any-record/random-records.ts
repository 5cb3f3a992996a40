import type { RawRecord } from '../../../../plugins/serverless-offline-kafka/test/support/raw-records.ts';
import { framed } from '../../../support/records.ts';
import type { Random } from '../random.ts';

/** A record, and its order if it contains one. */
export interface PlannedRecord {
  readonly record: RawRecord;
  readonly orderId?: string;
}

type Header = readonly [name: Buffer, value: Buffer | null];

const ORDER_SHARE = 0.5;
/** Share of the orders whose value has the frame of a schema registry. */
const FRAMED_SHARE = 0.1;
/** Share of large records: with many headers, or deeply nested JSON. */
const LARGE_SHARE = 0.0005;
const MANY_HEADERS = 5_000;
const DEPTH = 20_000;
/** The real time, because the broker deletes records that are older than a week. */
const NOW_MS = BigInt(Date.now());
const times: readonly bigint[] = [NOW_MS, NOW_MS, NOW_MS, 0n, -1n, 1n, -(2n ** 53n), -(2n ** 62n), 2n ** 40n];
const inherited = [...Object.getOwnPropertyNames(Object.prototype), 'prototype', 'length'];
const eventTypes = ['order.created', 'order.cancel_requested', 'order.retry_requested', ...inherited];
const notOrders = [
  '',
  '{}',
  'null',
  '[1]',
  '"text"',
  '{"order_id":',
  '{"__proto__":{"order_id":"a"},"constructor":1}',
  '{"order_id":"a\\u0000","customer_id":{},"product_id":[],"quantity":1e999,"price":-0}',
];

/** A plain order, as another producer sends it. */
export function plainOrder(index: number): PlannedRecord {
  const orderId = `order-${index}`;
  const order = {
    order_id: orderId,
    customer_id: 'customer',
    product_id: 'Prödukt',
    quantity: 3,
    price: 19.99,
  };
  const value = Buffer.from(JSON.stringify(order));
  return { orderId, record: { key: Buffer.from(orderId), value, timestampMs: NOW_MS } };
}

/** Returns an order with a random key, headers and timestamp, or, as often, random bytes. */
export function randomRecord(random: Random, index: number): PlannedRecord {
  const key = random.pick([
    null,
    Buffer.alloc(0),
    Buffer.from(`key-${random.int(1_000)}`),
    bytes(random, 30),
  ]);
  const around = { key, headers: randomHeaders(random), timestampMs: random.pick(times) };
  if (random.next() < ORDER_SHARE) {
    const order = plainOrder(index);
    const other = {
      ...around,
      ...(random.next() < FRAMED_SHARE && { value: inFrame(random, order.record) }),
    };
    return { ...order, record: { ...order.record, ...other } };
  }
  const eventType: Header = [Buffer.from('event-type'), Buffer.from(random.pick(eventTypes))];
  const headers = random.next() < 0.5 ? around.headers : [...around.headers, eventType];
  return { record: { ...around, headers, value: randomValue(random) } };
}

/** Returns the value as the serializer of a schema registry writes it. */
const inFrame = (random: Random, { value }: RawRecord): Buffer =>
  framed(value ?? Buffer.alloc(0), random.int(2 ** 31));

/** Returns a value that is not an order. */
function randomValue(random: Random): Buffer | null {
  return random.next() < LARGE_SHARE
    ? Buffer.from(`${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}`)
    : random.pick([null, Buffer.from(random.pick(notOrders)), bytes(random, 200), bytes(random, 200)]);
}

/** Returns no, some or many headers. None of them names a command or an identity. */
function randomHeaders(random: Random): Header[] {
  const count = random.next() < LARGE_SHARE ? MANY_HEADERS : random.pick([0, 0, 1, 1, 2, 4]);
  return Array.from({ length: count }, (): Header => {
    const name = random.pick([random.pick(inherited), 'same', bytes(random, 10), '']);
    return [Buffer.from(name), random.pick([null, Buffer.alloc(0), bytes(random, 20)])];
  });
}

const bytes = (random: Random, maxLength: number): Buffer =>
  Buffer.from(Array.from({ length: random.int(maxLength + 1) }, () => random.int(256)));
