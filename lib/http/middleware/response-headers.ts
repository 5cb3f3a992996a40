import type { HttpMiddleware, HttpRequest } from '../http-function.ts';

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

const addedHeaders = new WeakMap<object, Readonly<Record<string, string>>>();

/** Adds headers to the response of a request, also when the response is an error. */
export function addResponseHeaders(request: HttpRequest, headers: Readonly<Record<string, string>>): void {
  addedHeaders.set(request, { ...addedHeaders.get(request), ...headers });
}

/** Adds the security headers, the request id and the added headers. Headers that the handler set take precedence. */
export function responseHeaders(): HttpMiddleware {
  const add: Required<HttpMiddleware>['after'] = ({ event, context, response }) => {
    if (response) {
      response.headers = {
        ...securityHeaders,
        'x-request-id': context.awsRequestId,
        ...addedHeaders.get(event),
        ...response.headers,
      };
    }
  };
  return { after: add, onError: add };
}
