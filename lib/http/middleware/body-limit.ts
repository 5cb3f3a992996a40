import { OrderlyError } from '../../errors/orderly-error.ts';
import type { HttpMiddleware } from '../http-function.ts';

/**
 * Rejects a body of more than `maxBytes` before anything decodes or parses it. Counts the bytes that the client sent:
 * API Gateway passes a body that is not text as base64.
 */
export function bodyLimit(maxBytes: number): HttpMiddleware {
  return {
    before: ({ event: { body, isBase64Encoded } }) => {
      if (body && Buffer.byteLength(body, isBase64Encoded ? 'base64' : 'utf8') > maxBytes) {
        throw new OrderlyError('payload_too_large', `The body may have at most ${maxBytes} bytes.`, {
          details: { max_bytes: maxBytes },
        });
      }
    },
  };
}
