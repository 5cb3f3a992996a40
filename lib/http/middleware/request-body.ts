import { isUtf8 } from 'node:buffer';
import jsonBodyParser from '@middy/http-json-body-parser';
import { OrderlyError } from '../../errors/orderly-error.ts';
import type { HttpMiddleware } from '../http-function.ts';

/**
 * Rejects a body of more than `maxBytes` with 413 before it is decoded or parsed. Counts the bytes that the client sent:
 * API Gateway encodes a body that is not text as base64.
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

/** Rejects every body except an empty one and `{}`, so that content which the route ignores is reported. */
export function noBody(): HttpMiddleware {
  return {
    before: ({ event: { body, isBase64Encoded } }) => {
      const text = Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8').toString();
      if (!/^\s*(\{\s*\}\s*)?$/.test(text)) {
        throw new OrderlyError('validation_failed', 'This request takes no body.', {
          details: { errors: [{ path: '', message: 'must be empty' }] },
        });
      }
    },
  };
}

/** API Gateway joins the values of a repeated header with a comma. The parameters of a JSON content type contain none. */
const jsonContentType = /^application\/(?:[\w.+-]+\+)?json\s*(?:;[^,]*)?$/i;

/** A text without a match has no key that middy's parser rejects. An escape sequence may hide such a key. */
const mayHaveRejectedKey = /__proto__|constructor|\\/;

/**
 * Parses a JSON body; `bodyLimit` runs before it. Rejects other content types and compressed bodies with 415. Rejects
 * malformed JSON, and keys that would change an object's prototype, with 400.
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
      const bytes = isBase64Encoded ? Buffer.from(body, 'base64') : undefined;
      if (bytes && !isUtf8(bytes)) {
        throw new OrderlyError('malformed_json', 'The body is not UTF-8.');
      }
      const text = bytes?.toString() ?? body;
      try {
        // The parser calls a function for each key, which takes five times as long.
        if (mayHaveRejectedKey.test(text)) {
          parser.before?.(request);
        } else {
          request.event.body = JSON.parse(text);
        }
      } catch (cause) {
        throw new OrderlyError('malformed_json', 'The body is not valid JSON.', { cause });
      }
    },
  };
}
