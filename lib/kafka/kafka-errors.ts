import { OrderlyError } from '../errors/orderly-error.ts';
import { kafkajs } from './kafkajs/mended-kafkajs.ts';

/**
 * What to do about a failed request to Kafka.
 * - `resend`: the broker answered and may take it next time (a new leader, a topic just created).
 * - `reconnect`: nothing was heard; the connection is worth nothing any more.
 * - `record_refused`: the broker will never take one of the records; the others of the request it might.
 * - `refused`: the broker said no to the request as such, and will say no again.
 * - `not_let_in`: no broker lets this program in, and it is known why; nothing was sent.
 */
export type KafkaFailure = 'resend' | 'reconnect' | 'record_refused' | 'refused' | 'not_let_in';

const recordRefusals: ReadonlySet<string> = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
]);

/** Total. Broker answers: https://kafka.apache.org/protocol#protocol_error_codes */
export function kafkaFailure(error: unknown): KafkaFailure {
  const cause = rootOf(error);
  if (cause instanceof kafkajs.KafkaJSProtocolError) {
    if (recordRefusals.has(cause.type)) {
      return 'record_refused';
    }
    if (isLoginOutOfTurn(cause)) {
      return 'reconnect';
    }
    return cause.retriable ? 'resend' : 'refused';
  }
  if (cause instanceof kafkajs.KafkaJSSASLAuthenticationError) {
    return 'refused'; // the listener knows another mechanism
  }
  if (cause instanceof OrderlyError) {
    return 'not_let_in';
  }
  return 'reconnect';
}

/** Whether the brokers have no topic of this name, or could have none. Total. */
export function isUnknownTopic(error: unknown): boolean {
  const cause = rootOf(error);
  return (
    cause instanceof kafkajs.KafkaJSProtocolError &&
    ['UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION'].includes(cause.type)
  );
}

/**
 * Whether kafkajs logged in again within a second of the last time, which a broker takes for a request in the wrong place.
 * It does so with each request in the last 10 s of a session, so with each one of a token that lives no longer than that.
 */
export function isLoginOutOfTurn(error: unknown): boolean {
  const cause = rootOf(error);
  return cause instanceof kafkajs.KafkaJSProtocolError && cause.type === 'ILLEGAL_SASL_STATE';
}

/** kafkajs wraps what it gave up on, sometimes twice (`KafkaJSNumberOfRetriesExceeded`). */
export function rootOf(error: unknown): unknown {
  let root = error;
  while (root instanceof kafkajs.KafkaJSError && Error.isError(root.cause)) {
    root = root.cause;
  }
  return root;
}
