import { reopenUnsent } from '../dead-letters/sql/update-dead-letters.ts';
import { classifyError, type OrderlyError } from '../errors/orderly-error.ts';
import type { Producer } from '../kafka/producer/producer.ts';
import type { TopicValues } from '../kafka/topics/topics.ts';
import type { Queryable } from '../postgres/database.ts';
import type { OutboxEntry, PublishedOutbox } from './outbox-entry.ts';
import { deleteOutbox, parkOutbox } from './sql/outbox.ts';
import type { SizedOutboxRow } from './sql/select-due-outbox.ts';

/**
 * Publishes all rows at once. The messages of a key keep the order of the rows. Never rejects. Resolves when Kafka
 * has acknowledged or rejected every message, or the producer's deadline has passed.
 */
export async function publishOutbox(
  producer: Producer<TopicValues>,
  entries: readonly OutboxEntry[],
): Promise<PublishedOutbox> {
  const results = await Promise.all(
    entries.map(async ({ id, messages }) => {
      const sent = await Promise.allSettled(messages.map((message) => producer.send(message.topic, message)));
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
