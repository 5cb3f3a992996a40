import { createHash } from 'node:crypto';
import { OrderlyError } from '../errors.ts';
import type { HttpRequest } from './http-function.ts';

/** The header `Idempotency-Key`: https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/ */
const NAME = 'idempotency-key';

/**
 * The request's key, if it has one.
 * @throws OrderlyError `validation_failed` unless it is 1–255 visible ASCII characters.
 */
export function idempotencyKeyOf({ headers }: HttpRequest): string | undefined {
  const key = headers[NAME];
  if (key !== undefined && !/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new OrderlyError('validation_failed', 'The Idempotency-Key is not valid; see errors.', {
      details: {
        errors: [{ path: 'Idempotency-Key', message: 'must be 1 to 255 visible ASCII characters' }],
      },
    });
  }
  return key;
}

/** SHA-256 of what a request asks for. Taken after validation, so that spacing and order of fields do not count. */
export function fingerprintOf(operation: string, content: unknown): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([operation, content]))
    .digest();
}

export function keyReused(): OrderlyError {
  return new OrderlyError(
    'idempotency_key_reused',
    'This Idempotency-Key was used for another request within the last 24 hours. Send a new request under a new key.',
  );
}
