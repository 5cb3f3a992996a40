import { readdirSync } from 'node:fs';
import type { KafkaRecord } from '../../lib/orders/command.ts';
import { httpEventFile, kafkaEventFile, scheduledEventFile } from './events.ts';
import { aRecord, mskEvent } from './records.ts';

/** An event for each function, which it takes as far as its servers, in an order in which each finds something to do. */
export const handlerEvents: Readonly<Record<string, unknown>> = {
  'functions/http/cancel-order.ts': httpEventFile('cancel-order'),
  'functions/http/create-order.ts': httpEventFile('create-order-idempotent'),
  'functions/http/create-orders-bulk.ts': httpEventFile('create-orders-bulk'),
  'functions/http/get-order.ts': httpEventFile('get-order'),
  'functions/http/health.ts': httpEventFile('health'),
  'functions/http/list-orders.ts': httpEventFile('list-orders'),
  'functions/http/not-found.ts': httpEventFile('not-found'),
  'functions/http/order-history.ts': httpEventFile('order-history'),
  'functions/http/welcome.ts': httpEventFile('welcome'),
  'functions/kafka/process-orders.ts': kafkaEventFile('orders-poison'),
  'functions/kafka/fulfil-orders.ts': mskEvent([statusOf('sample-poison-1')]),
  'functions/scheduled/prune.ts': scheduledEventFile('scheduled'),
  'functions/scheduled/publish-gauges.ts': scheduledEventFile('scheduled'),
  'functions/scheduled/relay-outbox.ts': scheduledEventFile('scheduled'),
  'functions/scheduled/retry-orders.ts': scheduledEventFile('scheduled'),
};

function statusOf(orderId: string): KafkaRecord {
  const status = {
    order_id: orderId,
    customer_id: 'c',
    version: 1,
    status: 'PROCESSING',
    status_reason: null,
  };
  const value = Buffer.from(JSON.stringify({ ...status, at: '2026-11-01T10:00:00Z' }));
  return aRecord({ topic: 'orders.status', key: Buffer.from(orderId), value });
}

/** Every file of a function of the application. Those of the setup run once for each deployment, and end what they open. */
export const handlerFiles: readonly string[] = readdirSync('functions', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.startsWith('setup'))
  .map((file) => `functions/${file}`)
  .sort();
