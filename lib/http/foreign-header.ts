import type { IncomingHttpHeaders } from 'node:http';

/** Allowed values of Host and Origin, with any port. `localhost` and `internal` are reserved names, which cannot be registered. */
const thisMachine =
  /^(?:https?:\/\/)?(?:(?:[\w-]+\.)*localhost|127\.0\.0\.1|\[::1\]|host\.docker\.internal)(?::\d+)?$/i;

/** A header that shows that a request is not from this machine. */
export type ForeignHeader = 'Host' | 'Origin';

/**
 * Returns the name of the header which shows that a request is not from this machine. Any web page can send requests to
 * 127.0.0.1, also under its own host name (DNS rebinding). The browser then sends that name as Origin or Host.
 */
export function foreignHeader({
  host = 'localhost',
  origin = 'localhost',
}: Pick<IncomingHttpHeaders, 'host' | 'origin'>): ForeignHeader | undefined {
  if (!thisMachine.test(host)) {
    return 'Host';
  }
  return thisMachine.test(origin) ? undefined : 'Origin';
}

/** Returns the reason for a 403 that a local server answers. */
export const foreignHeaderMessage = (header: ForeignHeader): string =>
  `This server accepts requests from this machine only: the header ${header} must be localhost, 127.0.0.1, [::1] or host.docker.internal.`;
