import { v5 as uuidv5, v7 as uuidv7 } from 'uuid';
import type { OrderCommand } from './command.ts';
import type { CancelRecord, OrderRecord } from './order.ts';

/**
 * A command that was accepted and is to be produced. JSON throughout, so that it can be kept and produced again
 * exactly as it was.
 */
export interface AcceptedCommand<Value extends OrderRecord | CancelRecord = OrderRecord | CancelRecord> {
  readonly type: OrderCommand['type'];
  /** The identity of the command: delivered twice, it takes effect once. */
  readonly eventId: string;
  readonly value: Value;
}

/** The ids that a request leaves out, by the position of the command in the request. */
export interface IdGenerator {
  orderId(index: number): string;
  eventId(index: number): string;
}

/** Time-ordered ids (UUIDv7, RFC 9562) keep the index of a large table in memory. */
export const randomIds: IdGenerator = { orderId: () => uuidv7(), eventId: () => uuidv7() };

/** Namespaces (RFC 9562, UUIDv5) of derived ids. Never change them. */
const ORDER_ID_NAMESPACE = 'b1b8e2a4-6a0f-5d1c-9a53-0a6f7c1e2d47';
const EVENT_ID_NAMESPACE = '0d6c52f3-93d1-5c0e-8b7e-5f2a4e9c8810';

/**
 * Ids that a repeated request comes to again without anybody having kept them. An order id depends on the key
 * alone, so a repeat is the same order; an event id depends on the content too, so that another request under
 * the same key is never taken for the one before.
 */
export function deterministicIds(principal: string, key: string, fingerprint: Buffer): IdGenerator {
  return {
    orderId: (index) => uuidv5(JSON.stringify([principal, key, index]), ORDER_ID_NAMESPACE),
    eventId: (index) =>
      uuidv5(JSON.stringify([principal, key, index, fingerprint.toString('hex')]), EVENT_ID_NAMESPACE),
  };
}
