import { isUtf8 } from 'node:buffer';
import jsonBodyParser from '@middy/http-json-body-parser';
import { OrderlyError } from '../errors.ts';
import type { HttpMiddleware } from './http-function.ts';

/**
 * Parses a JSON body of at most `maxBytes`, checked before it is parsed. Refuses another content type,
 * malformed JSON and keys that would reach an object's prototype.
 */
export function jsonBody({ maxBytes }: { maxBytes: number }): HttpMiddleware {
  const parser = jsonBodyParser();
  return {
    before: (request) => {
      const { body, isBase64Encoded } = request.event;
      if (body && Buffer.byteLength(body, isBase64Encoded ? 'base64' : 'utf8') > maxBytes) {
        throw new OrderlyError('payload_too_large', `The body may have at most ${maxBytes} bytes.`, {
          details: { max_bytes: maxBytes },
        });
      }
      if (!body) {
        throw new OrderlyError('malformed_json', 'The body is missing.');
      }
      if (isBase64Encoded && !isUtf8(Buffer.from(body, 'base64'))) {
        throw new OrderlyError('malformed_json', 'The body is not UTF-8.');
      }
      try {
        parser.before?.(request);
      } catch (cause) {
        throw parserError(cause);
      }
    },
  };
}

/** The parser throws errors with an HTTP status: 415 for the content type, 4xx for what it cannot read. */
function parserError(cause: unknown): OrderlyError {
  const unsupported = Error.isError(cause) && 'statusCode' in cause && cause.statusCode === 415;
  return unsupported
    ? new OrderlyError('unsupported_media_type', 'Send the body as "content-type: application/json".', {
        cause,
      })
    : new OrderlyError('malformed_json', 'The body is not JSON that can be read.', { cause });
}
