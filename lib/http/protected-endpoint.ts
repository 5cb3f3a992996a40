import { authenticate } from '../authentication/authenticate-middleware.ts';
import type { Principal, Scope } from '../authentication/principal.ts';
import { verifier } from '../connections.ts';
import { type EndpointOptions, endpoint, type Note } from './endpoint.ts';
import type { HttpHandler, HttpRequest, HttpResponse } from './http-function.ts';

/**
 * An `endpoint` for those whose token has a scope. Nobody else gets as far as the body or
 * the handler, which is told who it is.
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
