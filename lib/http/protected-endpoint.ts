import type { Principal, Scope } from '../auth/principal.ts';
import { rateLimiter, verifier } from '../runtime/connections.ts';
import { type AddLogFields, type EndpointOptions, endpoint } from './endpoint.ts';
import type { HttpHandler, HttpRequest, HttpResponse } from './http-function.ts';
import { authenticate } from './middleware/authenticate.ts';
import { rateLimit } from './middleware/rate-limit.ts';

export interface ProtectedEndpointOptions extends Omit<EndpointOptions, 'authentication' | 'rateLimit'> {
  /** Returns the number of orders in a body that is not validated yet, at least 1. Default: every request counts as one. */
  readonly countOrders?: (body: unknown) => number;
}

/**
 * Creates an `endpoint` that requires a token with a scope. Checks the token before it reads
 * the body and the limit of the principal afterwards, and passes the principal to the handler.
 */
export function protectedEndpoint(
  scope: Scope,
  handler: (request: HttpRequest, principal: Principal, addLogFields: AddLogFields) => Promise<HttpResponse>,
  { countOrders = () => 1, ...options }: ProtectedEndpointOptions = {},
): HttpHandler {
  const { middleware, principalOf } = authenticate(scope, verifier);
  return endpoint((request, addLogFields) => handler(request, principalOf(request), addLogFields), {
    ...options,
    authentication: middleware,
    rateLimit: rateLimit(rateLimiter, principalOf, ({ body }) => countOrders(body)),
  });
}
