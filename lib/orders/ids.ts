import { validate as isUuid, v5 as uuidv5 } from 'uuid';
import { type KafkaRecord, lastHeader } from './command.ts';
import { uuidV7 } from './uuid-v7.ts';

/** Namespaces (RFC 9562, UUIDv5) of deterministic ids. Never change one: the ids would change too. */
const ORDER_ID_NAMESPACE = 'b1b8e2a4-6a0f-5d1c-9a53-0a6f7c1e2d47';
const REQUEST_EVENT_ID_NAMESPACE = '0d6c52f3-93d1-5c0e-8b7e-5f2a4e9c8810';
const RECORD_EVENT_ID_NAMESPACE = '4f9c1c2e-0b9a-5d4e-8f61-7a2f6d1c9b30';
const RETRY_EVENT_ID_NAMESPACE = 'c3a5e0f2-7b1d-5e94-a6c8-2d90b47f1e63';

/** Creates the ids that a request does not contain. `index` is the position of the command in the request. */
export interface IdGenerator {
  orderId(index: number): string;
  eventId(index: number): string;
}

/** Time-ordered ids (UUIDv7, RFC 9562) keep the index of a large table in memory. */
export const randomIds: IdGenerator = { orderId: uuidV7, eventId: uuidV7 };

/**
 * Returns the same ids for a repeated request without storing them. An order id depends on the key only, so a
 * repeat creates no second order. An event id also depends on the content, so a different request under the same
 * key is a different command.
 */
export function deterministicIds(principal: string, key: string, fingerprint: Buffer): IdGenerator {
  return {
    orderId: (index) => uuidv5(JSON.stringify([principal, key, index]), ORDER_ID_NAMESPACE),
    eventId: (index) =>
      uuidv5(
        JSON.stringify([principal, key, index, fingerprint.toString('hex')]),
        REQUEST_EVENT_ID_NAMESPACE,
      ),
  };
}

/**
 * Returns the event id of a record: the `event-id` header, or a hash of the record's position if the header is
 * missing. A header that is not a UUID is hashed, so that every event id is a UUID.
 */
export function eventIdOf(record: KafkaRecord): string {
  const given = lastHeader(record, 'event-id');
  if (given === undefined) {
    const { topic, partition, offset, timestamp } = record;
    return uuidv5(`${topic}/${partition}/${offset}/${timestamp}`, RECORD_EVENT_ID_NAMESPACE);
  }
  const text = given.toString('utf8');
  // Hashes the bytes and not the text, because decoding replaces all invalid bytes by the same character.
  return isUuid(text)
    ? text.toLowerCase()
    : uuidv5(Buffer.concat([Buffer.from('event-id '), given]), RECORD_EVENT_ID_NAMESPACE);
}

/** Returns the event id for the retry of a letter at a version. The same retry sent twice is the same command. */
export const retryEventId = (letterId: string, expectedVersion: number): string =>
  uuidv5(`${letterId}/${expectedVersion}`, RETRY_EVENT_ID_NAMESPACE);
