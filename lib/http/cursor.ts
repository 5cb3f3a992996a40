import { hash } from 'node:crypto';
import { isStorableTime, orderIdField } from '../orders/fields.ts';
import type { ListPosition, OrderFilter } from '../orders/order.ts';

/**
 * Returns the position where a page ended, as opaque text for a URL. The cursor contains a position instead of a row
 * count, so new orders do not shift the pages. It also contains a hash of the filter, so it is invalid for another filter.
 */
export function encodeCursor({ createdAt, orderId }: ListPosition, filter: OrderFilter): string {
  return Buffer.from(`${createdAt}.${filterHash(filter)}.${orderId}`).toString('base64url');
}

/** Returns the position of a cursor; `undefined` for text that `encodeCursor` does not write for this filter. Never throws. */
export function decodeCursor(cursor: string, filter: OrderFilter): ListPosition | undefined {
  const [, createdAt, orderId = ''] = /^(\d+)\..{16}\.(.*)$/.exec(decodeBase64(cursor)) ?? [];
  const position = { createdAt: Number(createdAt), orderId };
  const isValid = isStorableTime(position.createdAt) && orderIdField.safeParse(orderId).success;
  return isValid && encodeCursor(position, filter) === cursor ? position : undefined;
}

const decodeBase64 = (cursor: string): string => Buffer.from(cursor, 'base64url').toString();

/** Returns 96 bits of a SHA-256 hash: short, and different for different filters. */
function filterHash({ status, customerId, productId, createdFrom, createdTo }: OrderFilter): string {
  const text = JSON.stringify([status, customerId, productId, createdFrom, createdTo]);
  return hash('sha256', text, 'base64url').slice(0, 16);
}
