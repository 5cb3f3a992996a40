import { isObject } from './answer.ts';
import { type FieldError, OrderlyError } from './errors.ts';
import type { WriteOptions } from './options.ts';
import { orderIdPattern } from './orders.ts';

export function invalidArgument(message: string, cause?: unknown): OrderlyError {
  return new OrderlyError('invalid_argument', message, { cause });
}

/** The server's longest. */
const LONGEST_KEY = 255;

/**
 * Returns the key of a write; `undefined` for none. `crypto.randomUUID` needs https or localhost in a browser.
 * @throws OrderlyError `invalid_argument` for a key that the server rejects, or that no header can carry
 */
export function idempotencyKeyFor(
  given: WriteOptions['idempotencyKey'],
  longest: number = LONGEST_KEY,
): string | undefined {
  if (given === false) {
    return undefined;
  }
  const key = given ?? crypto.randomUUID();
  if (key.length > longest || !/^[\x21-\x2b\x2d-\x7e]+$/.test(key)) {
    throw invalidArgument(
      `idempotencyKey must be 1 to ${longest} visible ASCII characters without a comma. Nothing was sent.`,
    );
  }
  return key;
}

/**
 * Returns the JSON of an order, which `name` names in an error.
 * @throws OrderlyError `invalid_argument` for a value that is no object, or has no JSON, such as a circular one
 */
export function toJson(order: unknown, name = 'The order'): string {
  if (!isObject(order)) {
    throw invalidArgument(`${name} is not an object. Nothing was sent.`);
  }
  try {
    return JSON.stringify(order);
  } catch (cause) {
    throw invalidArgument(`${name} cannot be written as JSON. Nothing was sent.`, cause);
  }
}

/** Returns the path of an order. @throws OrderlyError `validation_failed` for an id that no order can have. */
export function orderPath(orderId: string): string {
  if (typeof orderId !== 'string' || !orderIdPattern.test(orderId)) {
    const fault: FieldError = { path: 'order_id', message: `must match ${orderIdPattern.source}` };
    const message = `The order id ${JSON.stringify(orderId)} ${fault.message}. Nothing was sent.`;
    throw new OrderlyError('validation_failed', message, { orderId, errors: [fault] });
  }
  return `/api/orders/${orderId}`;
}
