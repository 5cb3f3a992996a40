import { reopenUnsent } from '../dead-letters/sql/update-dead-letters.ts';
import { classifyError, type OrderlyError } from '../errors/orderly-error.ts';
import type { Producer } from '../kafka/producer/producer.ts';
import type { TopicValues } from '../kafka/topics/topics.ts';
import type { OutboxRows } from '../observability/flow-events.ts';
import { observe, report } from '../observability/observe.ts';
import { startSend } from '../observability/traces/current-trace.ts';
import type { SendSpan } from '../observability/traces/invocation-trace.ts';
import type { Queryable } from '../postgres/database.ts';
import { inTrace, traceparentIn } from './message-trace.ts';
import type { OutboxEntry, OutboxMessage, PublishedOutbox } from './outbox-entry.ts';
import { deleteOutbox, parkOutbox } from './sql/outbox.ts';
import type { SizedOutboxRow } from './sql/select-due-outbox.ts';

/**
 * Publishes all rows at once. The messages of a key keep the order of the rows. Never rejects. Resolves when Kafka
 * has acknowledged or rejected every message, or the producer's deadline has passed.
 */
export function publishOutbox(
  producer: Producer<TopicValues>,
  entries: readonly OutboxEntry[],
  by: OutboxRows['by'],
): Promise<PublishedOutbox> {
  const rows = entries.length;
  return observe(
    'outbox.published',
    { by, rows, messages: entries.reduce((sum, { messages }) => sum + messages.length, 0) },
    () => sendEntries(producer, entries),
    ({ acknowledged: { length: acknowledged }, rejected: { length: rejected }, failure }) => ({
      acknowledged,
      rejected,
      left: rows - acknowledged - rejected,
      failure,
    }),
  );
}

async function sendEntries(
  producer: Producer<TopicValues>,
  entries: readonly OutboxEntry[],
): Promise<PublishedOutbox> {
  const results = await Promise.all(
    entries.map(async ({ id, messages }) => {
      const sent = await Promise.allSettled(messages.map((message) => sendMessage(producer, message)));
      const errors = sent.flatMap((result) =>
        result.status === 'rejected' ? [classifyError(result.reason)] : [],
      );
      return { id, errors };
    }),
  );
  return {
    acknowledged: results.filter(({ errors }) => errors.length === 0).map(({ id }) => id),
    rejected: results.flatMap(({ id, errors }) => {
      const [error] = errors;
      return error && errors.every(isMessageRejected) ? [{ id, error: error.message }] : [];
    }),
    failure: results.flatMap(({ errors }) => errors).find((error) => !isMessageRejected(error))?.message,
  };
}

/** Sends a message. Continues the trace that is stored with it. */
function sendMessage(producer: Producer<TopicValues>, message: OutboxMessage): Promise<unknown> {
  const span = startSend(() => ({
    topic: message.topic,
    orderId: message.topic === 'orders.status' ? message.key : undefined,
    traceparent: traceparentIn(message),
  }));
  return span === undefined
    ? producer.send(message.topic, message)
    : sendInSpan(producer, inTrace(message, span.traceparent), span);
}

async function sendInSpan(
  producer: Producer<TopicValues>,
  message: OutboxMessage,
  span: SendSpan,
): Promise<void> {
  try {
    await producer.send(message.topic, message);
    span.end();
  } catch (error) {
    span.end(error);
    throw error;
  }
}

/** Other errors, such as a missing permission, end when an operator fixes their cause. */
const isMessageRejected = ({ code, details }: OrderlyError): boolean =>
  code === 'message_refused' && details.of === 'message';

/** The total size of the letters in one round. Their messages are in memory and share one deadline. */
const MAX_BYTES = 4_000_000;

/**
 * Returns the first rows that can be published together, at least one. A key has at most one redrive in a round,
 * because nothing may follow letters that Kafka has not acknowledged.
 */
export function firstRound<Row extends SizedOutboxRow>(rows: readonly Row[]): readonly Row[] {
  const keys = new Set<string>();
  let bytes = 0;
  const end = rows.findIndex((row, index) => {
    const { keyHash } = row;
    bytes += row.bytes;
    if (index > 0 && (bytes > MAX_BYTES || (keyHash !== null && keys.has(keyHash)))) {
      return true;
    }
    if (keyHash !== null) {
      keys.add(keyHash);
    }
    return false;
  });
  return end === -1 ? rows : rows.slice(0, end);
}

/**
 * Deletes published rows and parks rejected ones. If a redrive is rejected, its letters are reopened instead, so
 * that an operator decides again.
 */
export async function completeOutbox(
  db: Queryable,
  { acknowledged, rejected }: PublishedOutbox,
  now: number,
): Promise<void> {
  if (acknowledged.length > 0) {
    await deleteOutbox(db, acknowledged);
  }
  for (const { id, error } of rejected) {
    if (!(await reopenUnsent(db, id, now))) {
      await parkOutbox(db, id, error, now);
    }
  }
}

/** Reports the rejected rows. An operator must look at each. */
export function reportParked(rows: PublishedOutbox['rejected'], requestId?: string): void {
  for (const { id, error } of rows) {
    report('outbox.parked', { row: id, reason: error, ...(requestId !== undefined && { requestId }) });
  }
}
