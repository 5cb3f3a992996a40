import { isUtf8 } from 'node:buffer';
import { validate as isUuid, v5 as uuidv5 } from 'uuid';
import { cleanMessage } from './clean-message.ts';
import type { DeadLetter, DeadLetterCode, KafkaRecord, OrderCommand } from './command.ts';
import { readOrderRecord } from './order-record.ts';

/** Namespace (RFC 9562, UUIDv5) of the identities that are derived and not given. Never change it. */
const EVENT_ID_NAMESPACE = '4f9c1c2e-0b9a-5d4e-8f61-7a2f6d1c9b30';

export type Decoded =
  | { readonly ok: true; readonly command: OrderCommand }
  | { readonly ok: false; readonly deadLetter: DeadLetter };

/**
 * The command in a record. Total: what cannot be decoded is a dead letter with a code, and nothing throws.
 */
export function decodeCommand(record: KafkaRecord): Decoded {
  const type = header(record, 'event-type') ?? 'order.created';
  if (type !== 'order.created') {
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
  const order = readOrderRecord(json, record.timestamp);
  if (!order.ok) {
    return refuse(record, 'schema_invalid', order.problem);
  }
  return { ok: true, command: { type, eventId: eventIdOf(record), record, content: order.content } };
}

/**
 * A command's identity: its `event-id` header, else a hash of where the record stood. A header that is no
 * UUID is hashed into one, so that every identity has the same shape.
 */
export function eventIdOf(record: KafkaRecord): string {
  const given = header(record, 'event-id');
  if (given !== undefined && isUuid(given)) {
    return given.toLowerCase();
  }
  const { topic, partition, offset, timestamp } = record;
  return uuidv5(
    given === undefined ? `${topic}/${partition}/${offset}/${timestamp}` : `event-id ${given}`,
    EVENT_ID_NAMESPACE,
  );
}

/** The header's text; of a repeated name the last one counts, as in Kafka's own `lastHeader`. */
function header(record: KafkaRecord, name: string): string | undefined {
  return record.headers.findLast(([headerName]) => headerName === name)?.[1].toString('utf8');
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
  return { ok: false, deadLetter: { code, message: cleanMessage(message), record } };
}
