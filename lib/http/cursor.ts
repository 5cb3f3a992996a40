import { hash } from 'node:crypto';
import { isStorableTime, orderIdField } from '../orders/fields.ts';
import type { ListPosition, OrderFilter } from '../orders/order.ts';

/**
 * Where a page ended, as opaque text for a URL. It names a place in the list and not a number of rows, so it
 * stays right while orders come in. It carries the mark of its filter, without which it would answer another
 * query with a page from the middle.
 */
export function encodeCursor({ createdAt, orderId }: ListPosition, filter: OrderFilter): string {
  return Buffer.from(`${createdAt}.${markOf(filter)}.${orderId}`).toString('base64url');
}

/** The place in a cursor. Total: `undefined` for what `encodeCursor` would not have written for this filter. */
export function decodeCursor(cursor: string, filter: OrderFilter): ListPosition | undefined {
  const [, createdAt, orderId = ''] = /^(\d+)\..{16}\.(.*)$/.exec(textIn(cursor)) ?? [];
  const position = { createdAt: Number(createdAt), orderId };
  const isPlace = isStorableTime(position.createdAt) && orderIdField.safeParse(orderId).success;
  return isPlace && encodeCursor(position, filter) === cursor ? position : undefined;
}

const textIn = (cursor: string): string => Buffer.from(cursor, 'base64url').toString();

/** 96 bits of a hash: no two queries have the same mark, and no cursor grows with its query. */
function markOf({ status, customerId, productId, createdFrom, createdTo }: OrderFilter): string {
  const text = JSON.stringify([status, customerId, productId, createdFrom, createdTo]);
  return hash('sha256', text, 'base64url').slice(0, 16);
}
