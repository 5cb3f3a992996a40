import type { DeadLetterCode } from '../../../lib/orders/command.ts';

/** Records that can never take effect, and the code of the dead letter that each must become. */
export const poisonCodes = {
  'not JSON': 'not_json',
  'not UTF-8': 'undecodable',
  'no order': 'schema_invalid',
  'unknown event type': 'unknown_event_type',
  'NUL bytes': 'schema_invalid',
  oversize: 'schema_invalid',
} as const satisfies Record<string, DeadLetterCode>;

export type PoisonKind = keyof typeof poisonCodes;

export const poisonKinds: readonly PoisonKind[] = [
  'not JSON',
  'not UTF-8',
  'no order',
  'unknown event type',
  'NUL bytes',
  'oversize',
];

/** Just below what a broker takes in one record as it comes configured (1 048 588 bytes with all around it). */
const OVERSIZE_BYTES = 1_040_000;

export interface PoisonMessage {
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** The key is inside too, so that no two poison records have the same bytes. */
export function poisonMessage(kind: PoisonKind, key: string): PoisonMessage {
  const order = { order_id: key, customer_id: 'customer-0', product_id: 'poison', quantity: 1, price: 1 };
  const json = (fields: object): Buffer => Buffer.from(JSON.stringify({ ...order, ...fields }));
  switch (kind) {
    case 'not JSON':
      return { value: Buffer.from(`{"order_id": "${key}", "quantity": `), headers: {} };
    case 'not UTF-8':
      return { value: Buffer.concat([json({}), Buffer.from([0xc3, 0x28, 0xff])]), headers: {} };
    case 'no order':
      return { value: json({ quantity: 0 }), headers: {} };
    case 'unknown event type':
      return { value: json({}), headers: { 'event-type': 'order.exploded' } };
    case 'NUL bytes':
      return { value: json({ customer_id: 'customer\u0000\u0000' }), headers: {} };
    case 'oversize':
      return { value: json({ customer_id: 'x'.repeat(OVERSIZE_BYTES) }), headers: {} };
  }
}
