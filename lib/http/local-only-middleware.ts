import { isLocal } from '../config.ts';
import { OrderlyError } from '../errors.ts';
import type { HttpMiddleware } from './http-function.ts';

/** As Host or as Origin, with any port. */
const thisMachine = /^(?:https?:\/\/)?(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i;

/**
 * On a laptop the API is for this machine alone. A web page anywhere can send requests to 127.0.0.1, and have its own name
 * lead there (DNS rebinding); the browser then says so in Origin or Host. An event of AWS, as `invoke local` takes it, has
 * the API's own name for Host, which no browser comes to this machine with.
 */
export function localOnly(): HttpMiddleware {
  return {
    before: ({ event: { headers, requestContext } }) => {
      if (!isLocal()) {
        return;
      }
      const { host = 'localhost', origin = 'localhost' } = headers;
      if (!thisMachine.test(host) && host !== requestContext.domainName) {
        throw notFromHere('Host');
      }
      if (!thisMachine.test(origin)) {
        throw notFromHere('Origin');
      }
    },
  };
}

function notFromHere(header: string): OrderlyError {
  return new OrderlyError(
    'forbidden',
    `On a laptop only this machine may call: the header ${header} must be of localhost, 127.0.0.1 or [::1].`,
  );
}
