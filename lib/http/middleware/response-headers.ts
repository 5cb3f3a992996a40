import type { HttpMiddleware } from '../http-function.ts';

/**
 * Headers of every response, errors included. Browsers must not frame, sniff, cache or run a JSON response.
 * Source: https://cheatsheetseries.owasp.org/cheatsheets/REST_Security_Cheat_Sheet.html#security-headers
 */
const securityHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** Adds the security headers and the request id. Headers that the handler set take precedence. */
export function responseHeaders(): HttpMiddleware {
  const add: Required<HttpMiddleware>['after'] = ({ context, response }) => {
    if (response) {
      response.headers = {
        ...securityHeaders,
        'x-request-id': context.awsRequestId,
        ...response.headers,
      };
    }
  };
  return { after: add, onError: add };
}
