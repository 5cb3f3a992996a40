import { OrderlyError } from '../errors.ts';
import type { HttpMiddleware } from './http-function.ts';

/** For a route that reads no body: what a client sends all the same is refused and not silently ignored. */
export function noBody(): HttpMiddleware {
  return {
    before: ({ event: { body } }) => {
      if (body && !/^\s*(\{\s*\}\s*)?$/.test(body)) {
        throw new OrderlyError('validation_failed', 'This request takes no body.', {
          details: { errors: [{ path: '', message: 'must be empty' }] },
        });
      }
    },
  };
}
