import { OrderlyError } from '../../errors/orderly-error.ts';
import type { HttpMiddleware } from '../http-function.ts';

/** For a route that reads no body: what a client sends all the same is refused and not silently ignored. */
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
