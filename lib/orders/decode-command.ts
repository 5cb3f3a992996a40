import { isUtf8 } from 'node:buffer';
import type * as z from 'zod';
import { sanitizeMessage } from '../errors/orderly-error.ts';
import {
  type DeadLetter,
  type DeadLetterCode,
  type KafkaRecord,
  lastHeader,
  type OrderCommand,
} from './command.ts';
import { typeError } from './fields.ts';
import { unframed } from './framed-value.ts';
import { eventIdOf } from './ids.ts';
import { cancelRecordSchema, orderContent, orderRecordSchema, retryRecordSchema } from './order-record.ts';

export type Decoded =
  | { readonly ok: true; readonly command: OrderCommand }
  | { readonly ok: false; readonly deadLetter: DeadLetter };

type CommandReader = (json: unknown, record: KafkaRecord) => OrderCommand | z.ZodError;

/** The reader of each `event-type`. */
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

/** Returns the command in a record, or a dead letter with a code. Never throws. */
export function decodeCommand(record: KafkaRecord): Decoded {
  const type = lastHeader(record, 'event-type')?.toString('utf8') ?? 'order.created';
  const read = Object.hasOwn(readers, type) ? readers[type] : undefined;
  if (read === undefined) {
    return undecodable(record, 'unknown_event_type', `event-type "${type}" is unknown`);
  }
  if (record.value === null) {
    return undecodable(record, 'undecodable', 'the record has no value (a tombstone)');
  }
  const value = unframed(record.value);
  if (value === undefined) {
    const message = 'the value begins with a zero byte, but has no JSON after the id of a schema';
    return undecodable(record, 'undecodable', message);
  }
  const what = value.schemaId === undefined ? 'the value' : `the value after the schema id ${value.schemaId}`;
  if (!isUtf8(value.payload)) {
    return undecodable(record, 'undecodable', `${what} is not UTF-8 text`);
  }
  const json = parseJson(value.payload.toString('utf8'));
  if (json === NOT_JSON) {
    return undecodable(record, 'not_json', `${what} is not JSON`);
  }
  const command = read(json, record);
  return 'issues' in command
    ? undecodable(record, 'schema_invalid', describeIssues(command))
    : { ok: true, command };
}

const NOT_JSON = Symbol('not JSON');

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return NOT_JSON;
  }
}

function undecodable(record: KafkaRecord, code: DeadLetterCode, message: string): Decoded {
  return { ok: false, deadLetter: { code, message: sanitizeMessage(message), record } };
}

/** Returns one sentence with the error of each field. */
function describeIssues({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => `${path.join('.') || 'record'}: ${message}`).join('; ');
}
