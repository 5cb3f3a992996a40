import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import * as z from 'zod';
import { functions } from '../../deployment/stack/functions.ts';
import type { KafkaRecord } from '../../lib/orders/command.ts';
import {
  httpEventFile,
  kafkaEventFile,
  kafkaEventNames,
  scheduledEventFile,
  scheduledEventNames,
} from './events.ts';
import { aRecord, mskEvent } from './records.ts';

const { functions: declared } = z
  .object({ functions: z.record(z.string(), z.object({ handler: z.string() })) })
  .parse(parse(readFileSync('serverless.yml', 'utf8')));

/** Instead of a sample event, which finds nothing to do without a receiver. */
const otherEvents: Readonly<Record<string, unknown>> = {
  fulfilOrders: mskEvent([statusOf('sample-poison-1')]),
};

function sampleEvent(name: string): unknown {
  if (scheduledEventNames.includes(name)) {
    return scheduledEventFile(name);
  }
  return kafkaEventNames.includes(name) ? kafkaEventFile(name) : httpEventFile(name);
}

/** An event for each function, by its file: the first of its sample events, with which the function reaches its servers. */
export const handlerEvents: Readonly<Record<string, unknown>> = Object.fromEntries(
  Object.entries(functions).map(([name, { events }]) => [
    declared[name]?.handler.replace(/\.handler$/, '.ts'),
    otherEvents[name] ?? sampleEvent(events[0]),
  ]),
);

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

/** Every file of a function of the application. Those of the setup run once for each deployment, and close their connections. */
export const handlerFiles: readonly string[] = readdirSync('functions', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.startsWith('setup'))
  .map((file) => `functions/${file}`)
  .sort();
