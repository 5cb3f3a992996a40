import { isUtf8 } from 'node:buffer';
import jsonBodyParser from '@middy/http-json-body-parser';
import { OrderlyError } from '../errors.ts';
import type { HttpMiddleware } from './http-function.ts';

const jsonContentType = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

/**
 * Parses a JSON body of at most `maxBytes`, checked before it is parsed. Refuses another content type, a
 * compressed body, malformed JSON and keys that would reach an object's prototype.
 */
export function jsonBody({ maxBytes }: { maxBytes: number }): HttpMiddleware {
  const parser = jsonBodyParser({ disableContentTypeCheck: true });
  return {
    before: (request) => {
      const { body, isBase64Encoded, headers } = request.event;
      if (body && Buffer.byteLength(body, isBase64Encoded ? 'base64' : 'utf8') > maxBytes) {
        throw new OrderlyError('payload_too_large', `The body may have at most ${maxBytes} bytes.`, {
          details: { max_bytes: maxBytes },
        });
      }
      if (!jsonContentType.test(headers['content-type'] ?? '') || headers['content-encoding']) {
        throw new OrderlyError(
          'unsupported_media_type',
          'Send the body as "content-type: application/json", without a content-encoding.',
        );
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
        throw new OrderlyError('malformed_json', 'The body is not JSON that can be read.', { cause });
      }
    },
  };
}
