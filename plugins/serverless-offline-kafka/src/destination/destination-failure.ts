import { EventSourceError } from '../errors.ts';

/** Returns `destination_unreachable` if the destination is unavailable for a while, else `destination_refused`. */
export function destinationFailure(label: string, reason: string, cause: unknown): EventSourceError {
  const code = isUnavailable(cause) ? 'destination_unreachable' : 'destination_refused';
  return new EventSourceError(code, `${label}: ${reason}`, { cause });
}

/** Brokers can also fail at TLS or authentication during a restart. */
const transientCodes: readonly string[] = [
  'destination_unreachable',
  'brokers_unreachable',
  'tls_failed',
  'authentication_failed',
];
const NETWORK_CODE = /\b(ECONN|ENOTFOUND|EAI_|EPIPE|ETIMEDOUT|EHOST|ENET)/;
const SERVER_FAULT = 500;

function isUnavailable(cause: unknown): boolean {
  // kafkajs sets `retriable`. Node and the AWS SDK set the other fields; the SDK has some codes only in a message.
  const { code, message, name, retriable, $metadata } = Object(cause);
  return (
    (cause instanceof EventSourceError && transientCodes.includes(cause.code)) ||
    retriable === true ||
    NETWORK_CODE.test(`${code} ${message}`) ||
    name === 'TimeoutError' ||
    Object($metadata).httpStatusCode >= SERVER_FAULT
  );
}
