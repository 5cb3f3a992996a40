import type { MSKEvent } from 'aws-lambda';
import { v7 as uuidv7 } from 'uuid';
import type { OrderRecord } from '../../lib/orders/order-record.ts';
import { eventJson, recordJson } from '../../plugins/serverless-offline-kafka/src/delivery/kafka-event.ts';

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

/** Returns invocation events of `process-orders`, each with `ordersPerEvent` new orders of one partition. */
export function preparedEvents(events: number, ordersPerEvent: number): MSKEvent[] {
  return Array.from({ length: events }, (_, index) => anEvent(index % PARTITIONS, ordersPerEvent));
}

function anEvent(partition: number, orders: number): MSKEvent {
  const records = Array.from({ length: orders }, () => {
    const order = newOrder();
    const json = recordJson(TOPIC, partition, {
      offset: nextOffset++,
      timestampMs: Date.now(),
      timestampType: 'CREATE_TIME',
      key: Buffer.from(order.order_id),
      value: Buffer.from(JSON.stringify(order)),
      headers: [['event-id', Buffer.from(uuidv7())]],
    });
    return { topic: TOPIC, partition, json };
  });
  return JSON.parse(eventJson({ bootstrapServers: 'localhost:9092' }, records));
}
