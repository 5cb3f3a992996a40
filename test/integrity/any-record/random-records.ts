import type { RawRecord } from '../../../plugins/serverless-offline-kafka/test/support/raw-records.ts';
import type { Random } from '../random.ts';

/** A record, and the order in it if it is one. */
export interface PlannedRecord {
  readonly record: RawRecord;
  readonly orderId?: string;
}

type Header = readonly [name: Buffer, value: Buffer | null];

const ORDER_SHARE = 0.5;
const NOW_MS = 1_790_000_000_000n;
const times: readonly bigint[] = [NOW_MS, NOW_MS, NOW_MS, 0n, -1n, 1n, -(2n ** 53n), -(2n ** 62n), 2n ** 40n];
const inherited = [...Object.getOwnPropertyNames(Object.prototype), 'prototype', 'length'];
const notOrders = [
  '',
  '{}',
  'null',
  '[1]',
  '"text"',
  '{"order_id":',
  '{"__proto__":{"order_id":"a"},"constructor":1}',
  `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  '{"order_id":"a\\u0000","customer_id":{},"product_id":[],"quantity":1e999,"price":-0}',
];

/** A plain order, as another producer sends it. */
export function plainOrder(index: number): PlannedRecord {
  const orderId = `order-${index}`;
  return { orderId, record: { key: Buffer.from(orderId), value: orderJson(orderId), timestampMs: NOW_MS } };
}

/** Half of them are orders, under any headers and timestamps; the others are any bytes. */
export function randomRecord(random: Random, index: number): PlannedRecord {
  const headers = randomHeaders(random);
  const timestampMs = random.pick(times);
  const key = random.pick([
    null,
    Buffer.alloc(0),
    Buffer.from(`key-${random.int(1_000)}`),
    bytes(random, 30),
  ]);
  if (random.next() < ORDER_SHARE) {
    const { orderId, record } = plainOrder(index);
    return {
      record: { ...record, headers, timestampMs, ...(random.next() < 0.5 && { key }) },
      ...(orderId && { orderId }),
    };
  }
  const value = random.pick([
    null,
    Buffer.from(random.pick(notOrders)),
    bytes(random, 300),
    bytes(random, 300),
  ]);
  const types = [
    'order.created',
    'order.cancel_requested',
    'order.retry_requested',
    'constructor',
    '__proto__',
  ];
  const typed = random.next() < 0.5;
  return {
    record: {
      key,
      value,
      timestampMs,
      headers: typed ? [...headers, header('event-type', random.pick(types))] : headers,
    },
  };
}

/** None, some, or many; those that name a command are not among them. */
function randomHeaders(random: Random): Header[] {
  const count = random.pick([0, 0, 1, 2, 5, random.next() < 0.01 ? 2_000 : 10]);
  return Array.from({ length: count }, (): Header => {
    const name = random.pick([
      Buffer.from(random.pick(inherited)),
      Buffer.from('same'),
      bytes(random, 10),
      Buffer.alloc(0),
    ]);
    return [name, random.pick([null, Buffer.alloc(0), bytes(random, 20)])];
  });
}

const header = (name: string, value: string): Header => [Buffer.from(name), Buffer.from(value)];

const orderJson = (orderId: string): Buffer =>
  Buffer.from(
    JSON.stringify({
      order_id: orderId,
      customer_id: 'customer',
      product_id: 'Prödukt',
      quantity: 3,
      price: 19.99,
    }),
  );

const bytes = (random: Random, maxLength: number): Buffer =>
  Buffer.from(Array.from({ length: random.int(maxLength + 1) }, () => random.int(256)));
