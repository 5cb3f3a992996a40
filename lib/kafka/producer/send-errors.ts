import { OrderlyError } from '../../errors/orderly-error.ts';

/** Kafka rejects the message. `of`: the reason is this message, or the whole request, such as a missing permission. */
export function refusal(topic: string, cause: unknown, of: 'message' | 'request'): OrderlyError {
  return new OrderlyError(
    'message_refused',
    `Kafka refused the message for topic "${topic}": ${reasonOf(cause)}`,
    { cause, details: { of } },
  );
}

export function notLetIn(topic: string, cause: unknown): OrderlyError {
  return new OrderlyError(
    'kafka_unavailable',
    'Kafka does not let this program in; the log has the reason.',
    {
      cause,
      details: { topic },
    },
  );
}

/** The deadline has passed. `cause`: why the last attempt failed, if one did. */
export function notAcknowledged(topic: string, cause: unknown, deadlineMs: number): OrderlyError {
  const why = cause === undefined ? '' : ` (${reasonOf(cause)})`;
  return new OrderlyError(
    'kafka_unavailable',
    `Kafka did not acknowledge in time${why}; it may have stored the message or not.`,
    { cause, details: { topic, deadlineMs } },
  );
}

const reasonOf = (error: unknown): string => (Error.isError(error) ? error.message : String(error));
