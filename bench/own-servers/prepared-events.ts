import { randomBytes } from 'node:crypto';
import type { MSKEvent } from 'aws-lambda';
import { v7 as uuidv7 } from 'uuid';
import type { OrderRecord } from '../../lib/orders/order-record.ts';
import { encodeRecord, kafkaEvent } from '../../plugins/serverless-offline-kafka/src/delivery/kafka-event.ts';

const TOPIC = 'orders';
const PARTITIONS = 6;
export const CUSTOMERS = 100_000;
export const PRODUCTS = 1_000;

let nextOffset = 0;

/** Returns an order as `POST /api/orders` produces it, with a new UUIDv7 and one of many customers. */
export function newOrder(): OrderRecord {
  const quantity = 1 + Math.floor(Math.random() * 9);
  const cents = 1 + Math.floor(Math.random() * 100_000);
  return {
    order_id: uuidv7(),
    customer_id: `customer-${Math.floor(Math.random() * CUSTOMERS)}`,
    product_id: `product-${Math.floor(Math.random() * PRODUCTS)}`,
    quantity,
    price: cents / 100,
    total_amount: (cents * quantity) / 100,
    status: 'PENDING',
    created_at: new Date().toISOString(),
  };
}

/**
 * Returns invocation events of `process-orders`, each with `ordersPerEvent` new orders of one partition. This share of the
 * orders continues a sampled trace.
 */
export function preparedEvents(events: number, ordersPerEvent: number, sampledShare = 0): MSKEvent[] {
  return Array.from({ length: events }, (_, index) =>
    anEvent(index % PARTITIONS, ordersPerEvent, sampledShare),
  );
}

function anEvent(partition: number, orders: number, sampledShare: number): MSKEvent {
  const records = Array.from({ length: orders }, (_, index) => {
    const isSampled = Math.floor((index + 1) * sampledShare) > Math.floor(index * sampledShare);
    const order = newOrder();
    return encodeRecord(TOPIC, partition, {
      offset: nextOffset++,
      timestampMs: Date.now(),
      timestampType: 'CREATE_TIME',
      key: Buffer.from(order.order_id),
      value: Buffer.from(JSON.stringify(order)),
      headers: [
        ['event-id', Buffer.from(uuidv7())],
        ...(isSampled ? [['traceparent', sampledTraceparent()] as const] : []),
      ],
    });
  });
  return JSON.parse(JSON.stringify(kafkaEvent({ bootstrapServers: 'localhost:9092' }, records)));
}

/** https://www.w3.org/TR/trace-context/#traceparent-header */
const sampledTraceparent = (): Buffer =>
  Buffer.from(`00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`);
