import type { DeadLetterCode } from '../../../../lib/orders/command.ts';
import { type Headers, oddHeaders } from './odd-headers.ts';

/** Records that can never take effect, and the expected codes of their dead letters. */
export const poisonCodes = {
  'not JSON': 'not_json',
  'not UTF-8': 'undecodable',
  'not an order': 'schema_invalid',
  'unknown event type': 'unknown_event_type',
  'NUL bytes': 'schema_invalid',
  oversize: 'schema_invalid',
  'names of Object.prototype as headers': 'not_json',
  'thousands of headers': 'not_json',
  'a tombstone with headers': 'undecodable',
  'an empty event id': 'schema_invalid',
  'two event ids that are not UTF-8': 'schema_invalid',
  'one event id, two headers': 'schema_invalid',
} as const satisfies Record<string, DeadLetterCode>;

export type PoisonKind = keyof typeof poisonCodes;

export const poisonKinds: readonly PoisonKind[] = [
  'not JSON',
  'not UTF-8',
  'not an order',
  'unknown event type',
  'NUL bytes',
  'oversize',
  'names of Object.prototype as headers',
  'thousands of headers',
  'a tombstone with headers',
  'an empty event id',
  'two event ids that are not UTF-8',
  'one event id, two headers',
];

/** Just below a broker's default `message.max.bytes` (1 048 588 bytes, including the overhead of the batch). */
const OVERSIZE_BYTES = 1_040_000;

export interface PoisonMessage {
  readonly value: Buffer | null;
  readonly headers: Headers;
}

/** Returns the records of a kind; each becomes a dead letter. Values contain the key, so that no two are equal. */
export function poisonMessages(kind: PoisonKind, key: string): readonly PoisonMessage[] {
  const order = { order_id: key, customer_id: 'customer-0', product_id: 'poison', quantity: 1, price: 1 };
  const json = (fields: object): Buffer => Buffer.from(JSON.stringify({ ...order, ...fields }));
  const notJson = Buffer.from(`{"order_id": "${key}", "quantity": `);
  const noOrder = json({ quantity: 0 });
  switch (kind) {
    case 'not JSON':
      return [{ value: notJson, headers: {} }];
    case 'not UTF-8':
      return [{ value: Buffer.concat([json({}), Buffer.from([0xc3, 0x28, 0xff])]), headers: {} }];
    case 'not an order':
      return [{ value: noOrder, headers: {} }];
    case 'unknown event type':
      return [{ value: json({}), headers: { 'event-type': 'order.exploded' } }];
    case 'NUL bytes':
      return [{ value: json({ customer_id: 'customer\u0000\u0000' }), headers: {} }];
    case 'oversize':
      return [{ value: json({ customer_id: 'x'.repeat(OVERSIZE_BYTES) }), headers: {} }];
    case 'names of Object.prototype as headers':
      return [{ value: notJson, headers: oddHeaders['names of Object.prototype'](key) }];
    case 'thousands of headers':
      return [{ value: notJson, headers: oddHeaders[kind](key) }];
    case 'a tombstone with headers':
      return [{ value: null, headers: { source: key } }];
    case 'an empty event id':
      return [{ value: noOrder, headers: oddHeaders[kind]() }];
    case 'two event ids that are not UTF-8':
      return [
        { value: noOrder, headers: oddHeaders['an event id that is not UTF-8']() },
        { value: noOrder, headers: oddHeaders['another event id that is not UTF-8']() },
      ];
    case 'one event id, two headers':
      return ['shop', 'app'].map((source) => ({ value: noOrder, headers: { 'event-id': key, source } }));
  }
}
