import { sampledContext, traceparentOf } from '../observability/traces/traceparent.ts';
import type { DeadLetter, KafkaRecord } from '../orders/command.ts';
import { decodeCommand } from '../orders/decode-command.ts';
import { retryEventId } from '../orders/ids.ts';
import type { RetryRecord } from '../orders/order-record.ts';
import type { RecordHeaders } from '../orders/record-headers.ts';
import type { DeadLetterHeaders } from './dead-letter-headers.ts';
import type { OutboxMessage } from './outbox-entry.ts';
import type { OutboxLetter } from './sql/select-outbox-contents.ts';

/** Returns the message for a dead letter: its copy for `orders.dlq`, or the message that redrives it. */
export function letterMessage(letter: OutboxLetter): OutboxMessage {
  if (letter.kind === 'dead_letter') {
    return letterCopy(letter);
  }
  return letter.expectedVersion === null
    ? redriveMessage(letter)
    : retryMessage(letter, letter.expectedVersion);
}

/** Returns a copy of the record, with the headers of the dead letter after its own. */
export function letterCopy({
  record,
  code,
  message,
  refusals,
  changedAt,
}: DeadLetter & Pick<OutboxLetter, 'refusals' | 'changedAt'>): OutboxMessage {
  const added: DeadLetterHeaders = {
    'dead-letter-topic': record.topic,
    'dead-letter-partition': `${record.partition}`,
    'dead-letter-offset': `${record.offset}`,
    'dead-letter-code': code,
    'dead-letter-message': message,
    'dead-letter-attempts': `${refusals}`,
    'dead-letter-at': new Date(changedAt).toISOString(),
  };
  const headers = headersOf([...record.headers, ...Object.entries(added)]);
  return { topic: 'orders.dlq', key: record.key, value: record.value, headers };
}

/**
 * Returns the record with its first event id. If it is rejected again, it is the same letter. If its effect is
 * already stored, it changes nothing.
 */
function redriveMessage({ record, eventId }: OutboxLetter): OutboxMessage {
  const headers = headersOf([
    ...record.headers.filter(([name]) => name !== 'event-id'),
    ['event-id', eventId],
  ]);
  return { topic: 'orders', key: record.key, value: record.value, headers };
}

/** Returns a retry at exactly this version, in the trace of the record. The same retry sent twice is the same command. */
function retryMessage(letter: OutboxLetter, expectedVersion: number): OutboxMessage {
  const decoded = decodeCommand(letter.record);
  if (!decoded.ok) {
    // The record once created an order. Sent unchanged, it is rejected with the reason, and the letter is open
    // again.
    return redriveMessage(letter);
  }
  const { orderId } = decoded.command;
  const retry: RetryRecord = { order_id: orderId, expected_version: expectedVersion };
  const context = sampledContext(letter.record);
  const headers: RecordHeaders = {
    'event-type': 'order.retry_requested',
    'event-id': retryEventId(letter.id, expectedVersion),
    ...(context !== undefined && { traceparent: traceparentOf(context) }),
  };
  return { topic: 'orders', key: Buffer.from(orderId), value: Buffer.from(JSON.stringify(retry)), headers };
}

type Header = KafkaRecord['headers'][number] | readonly [name: string, text: string];

/** A repeated name keeps all its values in order. */
function headersOf(headers: readonly Header[]): Record<string, (Buffer | string)[]> {
  const values = new Map<string, (Buffer | string)[]>();
  for (const [name, value] of headers) {
    const list = values.get(name) ?? [];
    list.push(value);
    values.set(name, list);
  }
  return Object.fromEntries(values);
}
