import type { Principal, Scope } from '../auth/principal.ts';
import { verifier } from '../runtime/connections.ts';
import { type AddLogFields, type EndpointOptions, endpoint } from './endpoint.ts';
import type { HttpHandler, HttpRequest, HttpResponse } from './http-function.ts';
import { authenticate } from './middleware/authenticate.ts';

/**
 * Creates an `endpoint` that requires a token with a scope. Checks the token before it reads
 * the body, and passes the principal to the handler.
 */
export function protectedEndpoint(
  scope: Scope,
  handler: (request: HttpRequest, principal: Principal, addLogFields: AddLogFields) => Promise<HttpResponse>,
  options: Omit<EndpointOptions, 'authentication'> = {},
): HttpHandler {
  const { middleware, principalOf } = authenticate(scope, verifier);
  return endpoint((request, addLogFields) => handler(request, principalOf(request), addLogFields), {
    ...options,
    authentication: middleware,
  });
}
