import * as z from 'zod';
import type { Target } from '../../../deployment/options.ts';
import { application, stackName } from '../../../deployment/stack/services.ts';
import { invokeFunction } from '../../../deployment/steps/invoke-function.ts';
import { OrderlyError } from '../../../lib/errors/orderly-error.ts';
import { type ReadRecord, readTopic } from '../../support/kafka.ts';
import { aRecord, mskEvent } from '../../support/records.ts';

export interface DeployedApi {
  readonly target: Target;
  readonly apiUrl: string;
  readonly brokers: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Sends an order through the deployed functions. The emulator stores mappings from Kafka but does not poll, so this function
 * reads the produced record and invokes the function with the event that Lambda would create.
 * @throws OrderlyError with the unexpected answer.
 */
export async function followOrder(
  orderId: string,
  { target, apiUrl, brokers, signal }: DeployedApi,
): Promise<void> {
  const ask = async (expected: number, path: string, init: RequestInit = {}): Promise<unknown> => {
    const response = await fetch(`${apiUrl}${path}`, { ...init, signal });
    const text = await response.text();
    expectSame(`${init.method ?? 'GET'} ${path} answers`, response.status, expected, text);
    return JSON.parse(text);
  };
  await ask(202, '/api/orders', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      order_id: orderId,
      customer_id: 'c-1',
      product_id: 'p-1',
      quantity: 3,
      price: 19.99,
    }),
  });
  await ask(404, `/api/orders/${orderId}`);

  const topic = `${target.stage}.orders`;
  const records = await recordsOf(orderId, topic, brokers);
  expectSame(`records of the order on ${topic}`, records.length, 1);
  await invokeFunction(
    `${stackName(application, target)}-processOrders`,
    mskEvent(records.map((record) => asEventRecord(topic, record))),
    target.region,
  );

  const order = orderSchema.parse(await ask(200, `/api/orders/${orderId}`));
  expectSame('the order is', `${order.status}, ${order.total_amount}`, 'COMPLETED, 59.97');
  const [last] = (await recordsOf(orderId, `${topic}.status`, brokers)).slice(-1);
  expectSame(`the last state on ${topic}.status is`, orderStatusOf(last), 'COMPLETED');
}

const orderSchema = z.object({ status: z.string(), total_amount: z.number() });
const eventSchema = z.object({ status: z.string() });

const recordsOf = async (key: string, topic: string, brokers: readonly string[]): Promise<ReadRecord[]> =>
  (await readTopic(topic, [...brokers])).filter((record) => record.key === key);

const orderStatusOf = (record: ReadRecord | undefined): string =>
  record === undefined ? 'not there' : eventSchema.parse(JSON.parse(record.value ?? '{}')).status;

function asEventRecord(
  topic: string,
  { key, value, headers, partition, offset, timestamp }: ReadRecord,
): ReturnType<typeof aRecord> {
  return aRecord({
    topic,
    partition,
    offset: Number(offset),
    timestamp,
    key: key === null ? null : Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
    headers: Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)]),
  });
}

function expectSame(what: string, found: string | number, expected: string | number, detail = ''): void {
  if (found !== expected) {
    throw new OrderlyError('deployment', `${what}: ${found}, and not ${expected}. ${detail}`.trim());
  }
}
