import type { IncomingHttpHeaders } from 'node:http';

/** As Host or as Origin, with any port. Nobody can have these names in the DNS: `localhost` and `internal` are reserved. */
const thisMachine =
  /^(?:https?:\/\/)?(?:(?:[\w-]+\.)*localhost|127\.0\.0\.1|\[::1\]|host\.docker\.internal)(?::\d+)?$/i;

/**
 * The header by which a request is not from this machine. A web page anywhere can send requests to 127.0.0.1, and have its
 * own name lead there (DNS rebinding); the browser then says so in Origin or Host.
 */
export function foreignHeader({
  host = 'localhost',
  origin = 'localhost',
}: Pick<IncomingHttpHeaders, 'host' | 'origin'>): 'Host' | 'Origin' | undefined {
  if (!thisMachine.test(host)) {
    return 'Host';
  }
  return thisMachine.test(origin) ? undefined : 'Origin';
}
