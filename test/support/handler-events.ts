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

/** Events that replace sample events, which would cause no work without a receiver. */
const otherEvents: Readonly<Record<string, unknown>> = {
  fulfilOrders: mskEvent([statusOf('sample-poison-1')]),
};

function sampleEvent(name: string): unknown {
  if (scheduledEventNames.includes(name)) {
    return scheduledEventFile(name);
  }
  return kafkaEventNames.includes(name) ? kafkaEventFile(name) : httpEventFile(name);
}

/** One event per function file: the first sample event, with which the function calls its servers. */
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

/**
 * All function files of the application. Setup functions are excluded: they run once per deployment and close
 * connections.
 */
export const handlerFiles: readonly string[] = readdirSync('functions', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.startsWith('setup'))
  .map((file) => `functions/${file}`)
  .sort();
