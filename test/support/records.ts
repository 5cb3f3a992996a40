import type { MSKEvent, MSKRecord } from 'aws-lambda';
import type { KafkaRecord } from '../../lib/orders/command.ts';
import { forbid } from './log-record/log-record.ts';

/** Returns a Kafka record with an order. A test sets the fields that it checks. */
export function aRecord(parts: Partial<KafkaRecord> = {}): KafkaRecord {
  const record = {
    topic: 'orders',
    partition: 0,
    offset: 0,
    timestamp: Date.parse('2026-11-01T10:00:00Z'),
    key: Buffer.from('order-1'),
    value: anOrderJson(),
    headers: [],
    ...parts,
  };
  forbid('body', record.value?.toString() ?? '');
  return record;
}

/** Returns the JSON of an order as bytes. Undefined removes a field. */
export function anOrderJson(fields: Record<string, unknown> = {}): Buffer {
  return Buffer.from(
    JSON.stringify({
      order_id: 'order-1',
      customer_id: 'customer-1',
      product_id: 'product-1',
      quantity: 1,
      price: 10,
      total_amount: 10,
      status: 'PENDING',
      created_at: '2026-11-01T10:00:00Z',
      ...fields,
    }),
  );
}

/** Returns a value in the frame of a schema registry. */
export function framed(value: Buffer, schemaId = 7): Buffer {
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(schemaId, 1);
  return Buffer.concat([frame, value]);
}

/** Returns a cancel of an order in the format of our producer. */
export function aCancel(
  orderId: string,
  parts: Partial<KafkaRecord> & { eventId?: string } = {},
): KafkaRecord {
  const { eventId, ...place } = parts;
  return aRecord({
    key: Buffer.from(orderId),
    value: Buffer.from(JSON.stringify({ order_id: orderId })),
    headers: [
      ['event-type', Buffer.from('order.cancel_requested')],
      ...(eventId === undefined ? [] : [['event-id', Buffer.from(eventId)] as const]),
    ],
    ...place,
  });
}

/** Returns the event of Lambda for these records. Lambda represents header bytes as signed numbers. */
export function mskEvent(records: readonly KafkaRecord[]): MSKEvent {
  const byPartition = Object.groupBy(records, ({ topic, partition }) => `${topic}-${partition}`);
  return {
    eventSource: 'aws:kafka',
    eventSourceArn: 'arn:aws:kafka:eu-west-1:000000000000:cluster/test/1',
    bootstrapServers: 'localhost:9092',
    records: Object.fromEntries(
      Object.entries(byPartition).map(([place, list = []]) => [place, list.map(mskRecord)]),
    ),
  };
}

function mskRecord({ key, value, headers, ...place }: KafkaRecord): MSKRecord {
  return {
    ...place,
    timestampType: 'CREATE_TIME',
    ...(key !== null && { key: key.toString('base64') }),
    ...(value !== null && { value: value.toString('base64') }),
    headers: headers.map(([name, bytes]) => ({ [name]: [...new Int8Array(bytes)] })),
  } as MSKRecord; // the types lack tombstones and records without a key
}
