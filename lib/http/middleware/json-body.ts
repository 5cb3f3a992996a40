import { isUtf8 } from 'node:buffer';
import jsonBodyParser from '@middy/http-json-body-parser';
import { OrderlyError } from '../../errors/orderly-error.ts';
import type { HttpMiddleware } from '../http-function.ts';

/** A comma separates the values of a repeated header. The parameters of a JSON content type have none. */
const jsonContentType = /^application\/(?:[\w.+-]+\+)?json\s*(?:;[^,]*)?$/i;

/**
 * Parses a JSON body, whose size `endpoint` has limited. Rejects another content type, a compressed body, malformed JSON
 * and keys that would reach an object's prototype.
 */
export function jsonBody(): HttpMiddleware {
  const parser = jsonBodyParser({ disableContentTypeCheck: true });
  return {
    before: (request) => {
      const { body, isBase64Encoded, headers } = request.event;
      if (!jsonContentType.test(headers['content-type'] ?? '') || headers['content-encoding']) {
        throw new OrderlyError(
          'unsupported_media_type',
          'Send the body with one "content-type: application/json", and without a content-encoding.',
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
