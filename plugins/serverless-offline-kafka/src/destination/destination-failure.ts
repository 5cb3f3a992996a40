import { EventSourceError } from '../errors.ts';

/**
 * Why a destination has not taken records: `destination_unreachable` when nobody is there who could, which passes,
 * else `destination_refused`.
 */
export function destinationFailure(place: string, reason: string, cause: unknown): EventSourceError {
  const code = isUnavailable(cause) ? 'destination_unreachable' : 'destination_refused';
  return new EventSourceError(code, `${place}: ${reason}`, { cause });
}

/** Brokers in the middle of a restart do not agree on TLS or a password either. */
const transientCodes: readonly string[] = [
  'destination_unreachable',
  'brokers_unreachable',
  'tls_failed',
  'authentication_failed',
];
const NETWORK_CODE = /\b(ECONN|ENOTFOUND|EAI_|EPIPE|ETIMEDOUT|EHOST|ENET)/;
const SERVER_FAULT = 500;

function isUnavailable(cause: unknown): boolean {
  // `retriable` is how kafkajs tells it; the others are Node's and the AWS SDK's, which has some codes in a message only
  const { code, message, name, retriable, $metadata } = Object(cause);
  return (
    (cause instanceof EventSourceError && transientCodes.includes(cause.code)) ||
    retriable === true ||
    NETWORK_CODE.test(`${code} ${message}`) ||
    name === 'TimeoutError' ||
    Object($metadata).httpStatusCode >= SERVER_FAULT
  );
}
