import { createHash } from 'node:crypto';
import * as z from 'zod';
import { eventIdOf } from '../../../lib/orders/decode-command.ts';
import { orderStatuses } from '../../../lib/orders/order.ts';
import { contentOf } from '../load/planned-load.ts';
import type { LetterCopy, OrdersRecord, StatusRecord } from './observations.ts';
import type { ReadMessage } from './read-topic.ts';

const orderSchema = z.object({
  customer_id: z.string(),
  product_id: z.string(),
  quantity: z.number(),
  price: z.number(),
  created_at: z.string(),
});

const statusSchema = z.object({
  order_id: z.string(),
  customer_id: z.string(),
  version: z.number(),
  status: z.enum(orderStatuses),
  status_reason: z.string().nullable(),
  at: z.string(),
});

export const digestOf = (value: Buffer | null): string =>
  value === null ? '' : createHash('sha256').update(value).digest('hex');

/** A record of the topic `orders`. */
export function ordersRecord({ partition, message }: ReadMessage): OrdersRecord {
  const { key, value } = message;
  const headers = headersOf(message);
  const timestamp = Number(message.timestamp);
  const offset = Number(message.offset);
  const eventType = headers.findLast(([name]) => name === 'event-type')?.[1].toString() ?? 'order.created';
  const order = orderSchema.safeParse(parseJson(value)).data;
  return {
    partition,
    offset,
    key: key?.toString() ?? '',
    eventId: eventIdOf({ topic: 'orders', partition, offset, timestamp, key, value, headers }),
    digest: digestOf(value),
    eventType,
    content: order !== undefined && eventType === 'order.created' ? contentOf(order) : null,
  };
}

/** A record of the topic `orders.status`. */
export const statusRecord = ({ partition, message }: ReadMessage): StatusRecord => ({
  partition,
  offset: Number(message.offset),
  event: statusSchema.safeParse(parseJson(message.value)).data ?? null,
});

/** A record of the topic `orders.dlq`. */
export function letterCopy({ message }: ReadMessage): LetterCopy {
  const headers = new Map(headersOf(message));
  const number = (name: string): number => Number(headers.get(name)?.toString());
  return {
    partition: number('dead-letter-partition'),
    offset: number('dead-letter-offset'),
    refusals: number('dead-letter-attempts'),
  };
}

function headersOf({ headers = {} }: ReadMessage['message']): [name: string, value: Buffer][] {
  return Object.entries(headers).flatMap(([name, values]) =>
    [values ?? []].flat().map((value): [string, Buffer] => [name, Buffer.from(value)]),
  );
}

function parseJson(value: Buffer | null): unknown {
  try {
    return JSON.parse(value?.toString() ?? '');
  } catch {
    return undefined;
  }
}
