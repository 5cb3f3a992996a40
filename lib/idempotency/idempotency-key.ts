import { createHash } from 'node:crypto';
import { OrderlyError } from '../errors/orderly-error.ts';

/** The header `Idempotency-Key`: https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/ */
const NAME = 'idempotency-key';

/** 1–255 visible ASCII characters without a comma. */
export const idempotencyKeyPattern = /^[\x21-\x2b\x2d-\x7e]{1,255}$/;

/** A request's headers, with names in lower case. */
export interface RequestHeaders {
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/**
 * Returns the request's key, if it has one. API Gateway joins the values of a repeated header with a comma, so a key must
 * not contain one: `K,K` would be a different key from `K`, and create a second order.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 * @throws OrderlyError `validation_failed` unless it is 1–255 visible ASCII characters without a comma.
 */
export function idempotencyKeyOf({ headers }: RequestHeaders): string | undefined {
  const key = headers[NAME];
  if (key !== undefined && !idempotencyKeyPattern.test(key)) {
    const message = key.includes(',')
      ? 'must be sent once and contain no comma'
      : 'must be 1 to 255 visible ASCII characters without a comma';
    throw new OrderlyError('validation_failed', 'The Idempotency-Key is not valid; see errors.', {
      details: { errors: [{ path: 'Idempotency-Key', message }] },
    });
  }
  return key;
}

/**
 * Returns the SHA-256 of a request's content. It is computed after validation, so that whitespace and the order of
 * fields do not matter.
 */
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
