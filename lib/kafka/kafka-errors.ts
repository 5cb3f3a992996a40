import { OrderlyError } from '../errors/orderly-error.ts';
import { kafkajs } from './kafkajs/patched-kafkajs.ts';

/**
 * How to handle a failed request to Kafka.
 * - `retry`: the broker responded with a temporary error, such as a new leader or a topic that was just created. Or with an
 *   error that does not say whether it stored the records: a command that is sent again changes nothing.
 * - `reconnect`: no response; discard the connection and reconnect.
 * - `record_rejected`: the broker rejects one of the records permanently; it may accept the others of the request.
 * - `rejected`: the broker rejects the request permanently.
 * - `authentication_failed`: no broker authenticates this program, and the reason is known. Nothing was sent.
 */
export type KafkaFailure = 'retry' | 'reconnect' | 'record_rejected' | 'rejected' | 'authentication_failed';

const recordErrors: ReadonlySet<string> = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
]);

/** An unexpected error of the broker, and codes that kafkajs does not know. */
const unclearErrors: ReadonlySet<string> = new Set(['UNKNOWN', 'KAFKAJS_UNKNOWN_ERROR_CODE']);

/** Classifies an error. Never throws. Error codes of brokers: https://kafka.apache.org/protocol#protocol_error_codes */
export function kafkaFailure(error: unknown): KafkaFailure {
  const cause = rootCause(error);
  if (cause instanceof kafkajs.KafkaJSProtocolError) {
    if (recordErrors.has(cause.type)) {
      return 'record_rejected';
    }
    if (isIllegalSaslState(cause)) {
      return 'reconnect';
    }
    return cause.retriable || unclearErrors.has(cause.type) ? 'retry' : 'rejected';
  }
  if (cause instanceof kafkajs.KafkaJSSASLAuthenticationError) {
    return 'rejected'; // the listener uses another SASL mechanism
  }
  if (cause instanceof OrderlyError) {
    return 'authentication_failed';
  }
  return 'reconnect';
}

/** Returns whether the topic does not exist, or its name is invalid. Never throws. */
export function isUnknownTopic(error: unknown): boolean {
  const cause = rootCause(error);
  return (
    cause instanceof kafkajs.KafkaJSProtocolError &&
    ['UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION'].includes(cause.type)
  );
}

/**
 * Returns whether kafkajs authenticated again within a second, which a broker rejects as a request in the wrong state.
 * kafkajs does so with each request in the last 10 s of a session, so with every request if a token lives at most 10 s.
 */
export function isIllegalSaslState(error: unknown): boolean {
  const cause = rootCause(error);
  return cause instanceof kafkajs.KafkaJSProtocolError && cause.type === 'ILLEGAL_SASL_STATE';
}

/** Returns the innermost cause. kafkajs wraps an error after its retries, sometimes twice (`KafkaJSNumberOfRetriesExceeded`). */
export function rootCause(error: unknown): unknown {
  let root = error;
  while (root instanceof kafkajs.KafkaJSError && Error.isError(root.cause)) {
    root = root.cause;
  }
  return root;
}
