import { classifyError, type OrderlyError } from '../errors/orderly-error.ts';
import type { Producer } from '../kafka/producer/producer.ts';
import type { TopicValues } from '../kafka/topics/topics.ts';
import type { OutboxEntry, PublishedOutbox } from './outbox-entry.ts';

/**
 * Publishes all rows at once; the messages of a key keep the order of the rows. Never rejects, and resolves
 * when Kafka has acknowledged or refused every message, or the deadline of the producer has passed.
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
    refused: results.flatMap(({ id, errors }) => {
      const [error] = errors;
      return error && errors.every(isOfMessage) ? [{ id, error: error.message }] : [];
    }),
    trouble: results.flatMap(({ errors }) => errors).find((error) => !isOfMessage(error))?.message,
  };
}

/** Other refusals, such as a missing permission, pass when somebody mends what is wrong. */
const isOfMessage = ({ code, details }: OrderlyError): boolean =>
  code === 'message_refused' && details.of === 'message';
