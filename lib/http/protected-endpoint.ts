import type { Principal, Scope } from '../auth/principal.ts';
import { verifier } from '../runtime/connections.ts';
import { type EndpointOptions, endpoint, type Note } from './endpoint.ts';
import type { HttpHandler, HttpRequest, HttpResponse } from './http-function.ts';
import { authenticate } from './middleware/authenticate.ts';

/**
 * Creates an `endpoint` that requires a token with a scope. Checks the token before it reads
 * the body, and passes the principal to the handler.
 */
export function protectedEndpoint(
  scope: Scope,
  handler: (request: HttpRequest, principal: Principal, note: Note) => Promise<HttpResponse>,
  options: Omit<EndpointOptions, 'authentication'> = {},
): HttpHandler {
  const { middleware, principalOf } = authenticate(scope, verifier);
  return endpoint((request, note) => handler(request, principalOf(request), note), {
    ...options,
    authentication: middleware,
  });
}
