import { isUtf8 } from 'node:buffer';
import { validate as isUuid, v5 as uuidv5 } from 'uuid';
import type * as z from 'zod';
import { sanitizeMessage } from '../errors/sanitize-message.ts';
import { cancelRecordSchema } from './cancel-record.ts';
import type { DeadLetter, DeadLetterCode, KafkaRecord, OrderCommand } from './command.ts';
import { typeError } from './fields.ts';
import { orderContent, orderRecordSchema } from './order-record.ts';
import { lastHeader } from './record-headers.ts';
import { retryRecordSchema } from './retry-record.ts';

/** Namespace (RFC 9562, UUIDv5) of the identities that are derived and not given. Never change it. */
const EVENT_ID_NAMESPACE = '4f9c1c2e-0b9a-5d4e-8f61-7a2f6d1c9b30';

export type Decoded =
  | { readonly ok: true; readonly command: OrderCommand }
  | { readonly ok: false; readonly deadLetter: DeadLetter };

type CommandReader = (json: unknown, record: KafkaRecord) => OrderCommand | z.ZodError;

/** How each `event-type` is read. */
const readers: Readonly<Record<string, CommandReader>> = {
  'order.created': reader(orderRecordSchema, (order, record) => ({
    type: 'order.created',
    orderId: order.order_id,
    eventId: eventIdOf(record),
    record,
    content: orderContent(order, record.timestamp),
  })),
  'order.cancel_requested': reader(cancelRecordSchema, (cancel, record) => ({
    type: 'order.cancel_requested',
    orderId: cancel.order_id,
    eventId: eventIdOf(record),
    record,
    customerId: cancel.customer_id ?? null,
  })),
  'order.retry_requested': reader(retryRecordSchema, (retry, record) => ({
    type: 'order.retry_requested',
    orderId: retry.order_id,
    eventId: eventIdOf(record),
    record,
    expectedVersion: retry.expected_version,
  })),
};

function reader<Schema extends z.ZodType>(
  schema: Schema,
  commandOf: (value: z.infer<Schema>, record: KafkaRecord) => OrderCommand,
): CommandReader {
  return (json, record) => {
    const parsed = schema.safeParse(json, { error: typeError });
    return parsed.success ? commandOf(parsed.data, record) : parsed.error;
  };
}

/**
 * The command in a record. Total: what cannot be decoded is a dead letter with a code, and nothing throws.
 */
export function decodeCommand(record: KafkaRecord): Decoded {
  const type = lastHeader(record, 'event-type')?.toString('utf8') ?? 'order.created';
  const read = Object.hasOwn(readers, type) ? readers[type] : undefined;
  if (read === undefined) {
    return refuse(record, 'unknown_event_type', `event-type "${type}" is not known here`);
  }
  if (record.value === null) {
    return refuse(record, 'undecodable', 'the record has no value (a tombstone)');
  }
  if (!isUtf8(record.value)) {
    return refuse(record, 'undecodable', 'the value is not UTF-8 text');
  }
  const json = parseJson(record.value.toString('utf8'));
  if (json === notJson) {
    return refuse(record, 'not_json', 'the value is not JSON');
  }
  const command = read(json, record);
  return 'issues' in command
    ? refuse(record, 'schema_invalid', describeIssues(command))
    : { ok: true, command };
}

/**
 * A command's identity: its `event-id` header, else a hash of where the record stood. A header that is no
 * UUID is hashed into one, so that every identity has the same shape.
 */
export function eventIdOf(record: KafkaRecord): string {
  const given = lastHeader(record, 'event-id');
  if (given === undefined) {
    const { topic, partition, offset, timestamp } = record;
    return uuidv5(`${topic}/${partition}/${offset}/${timestamp}`, EVENT_ID_NAMESPACE);
  }
  const text = given.toString('utf8');
  // Hashes the bytes, not their text: decoding replaces all bytes that are not UTF-8 by the same character.
  return isUuid(text)
    ? text.toLowerCase()
    : uuidv5(Buffer.concat([Buffer.from('event-id '), given]), EVENT_ID_NAMESPACE);
}

const notJson = Symbol('not JSON');

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return notJson;
  }
}

function refuse(record: KafkaRecord, code: DeadLetterCode, message: string): Decoded {
  return { ok: false, deadLetter: { code, message: sanitizeMessage(message), record } };
}

/** One sentence that says what is wrong with each field. */
function describeIssues({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => `${path.join('.') || 'record'}: ${message}`).join('; ');
}
