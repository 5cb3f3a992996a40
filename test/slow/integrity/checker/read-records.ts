import { createHash } from 'node:crypto';
import * as z from 'zod';
import { orderStatuses } from '../../../../lib/orders/order.ts';
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

const EVENT_ID_NAMESPACE = Buffer.from('4f9c1c2e0b9a5d4e8f617a2f6d1c9b30', 'hex');

/** UUIDv5 of RFC 9562, implemented a second time so that the checker does not depend on the tested code. */
function uuidOf(name: string | Buffer): string {
  const bytes = createHash('sha1').update(EVENT_ID_NAMESPACE).update(name).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function eventIdOf(header: Buffer | undefined, place: string): string {
  if (header === undefined || header.length === 0) {
    return uuidOf(place);
  }
  const text = header.toString().toLowerCase();
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)
    ? text
    : uuidOf(Buffer.concat([Buffer.from('event-id '), header]));
}

/** Returns the digest of all headers except the event id. A repeated name keeps the order of its values. */
export function headersDigest(headers: readonly (readonly [name: string, value: Buffer])[]): string {
  const others = headers
    .filter(([name]) => name !== 'event-id')
    .toSorted(([a], [b]) => (a < b ? -1 : +(a > b)));
  return digestOf(Buffer.from(JSON.stringify(others.map(([name, value]) => [name, value.toString('hex')]))));
}

/** Reads a record of the topic `orders`. */
export function ordersRecord({ partition, message }: ReadMessage): OrdersRecord {
  const { key, value } = message;
  const headers = headersOf(message);
  const offset = Number(message.offset);
  const header = (wanted: string): Buffer | undefined => headers.findLast(([name]) => name === wanted)?.[1];
  const eventType = header('event-type')?.toString() ?? 'order.created';
  const place = `orders/${partition}/${offset}/${message.timestamp}`;
  const order = orderSchema.safeParse(parseJson(value)).data;
  return {
    partition,
    offset,
    key: key?.toString() ?? '',
    eventId: eventIdOf(header('event-id'), place),
    digest: digestOf(value),
    headers: headersDigest(headers),
    eventType,
    content: order !== undefined && eventType === 'order.created' ? contentOf(order) : null,
  };
}

/** Reads a record of the topic `orders.status`. */
export function statusRecord({ partition, message }: ReadMessage): StatusRecord {
  const event = statusSchema.safeParse(parseJson(message.value)).data;
  const isKeyed = event !== undefined && message.key?.toString() === event.order_id;
  return { partition, offset: Number(message.offset), event: isKeyed ? event : null };
}

/** Reads a record of the topic `orders.dlq`. */
export function letterCopy({ message }: ReadMessage): LetterCopy {
  const all = headersOf(message);
  const headers = new Map(all);
  const number = (name: string): number => Number(headers.get(name)?.toString());
  return {
    partition: number('dead-letter-partition'),
    offset: number('dead-letter-offset'),
    key: message.key?.toString() ?? '',
    digest: digestOf(message.value),
    headers: headersDigest(all.filter(([name]) => !name.startsWith('dead-letter-'))),
    code: headers.get('dead-letter-code')?.toString() ?? '',
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
