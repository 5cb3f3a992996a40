import type { OutboxMessage } from './outbox-entry.ts';

/** Returns the header `traceparent` of a message; undefined if it has none. If the name repeats, the last value counts. */
export function traceparentIn({ headers }: OutboxMessage): string | undefined {
  const value = headers?.traceparent;
  const last = Array.isArray(value) ? value.at(-1) : value;
  return typeof last === 'string' ? last : last?.toString('latin1');
}

/**
 * Returns a message that continues the trace with the span that sends it. A dead letter keeps the header of its record
 * before the new one. A redrive is the same record again, so it keeps its header.
 */
export function inTrace(message: OutboxMessage, traceparent: string): OutboxMessage {
  switch (message.topic) {
    case 'orders.status':
      return { ...message, headers: { traceparent } };
    case 'orders.dlq': {
      const own = message.headers.traceparent ?? [];
      return { ...message, headers: { ...message.headers, traceparent: [own, traceparent].flat() } };
    }
    case 'orders':
      return message;
  }
}
