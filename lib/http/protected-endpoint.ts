import { authenticate } from '../authentication/authenticate-middleware.ts';
import type { Principal, Scope } from '../authentication/principal.ts';
import { verifier } from '../connections.ts';
import { endpoint, type Note } from './endpoint.ts';
import type { HttpHandler, HttpMiddleware, HttpRequest, HttpResponse } from './http-function.ts';

/**
 * An `endpoint` for those whose token has a scope. Nobody else gets as far as the further middlewares, which read the
 * body, or the handler, which is told who it is.
 */
export function protectedEndpoint(
  scope: Scope,
  handler: (request: HttpRequest, principal: Principal, note: Note) => Promise<HttpResponse>,
  middlewares: readonly HttpMiddleware[] = [],
): HttpHandler {
  const { middleware, principalOf } = authenticate(scope, verifier);
  return endpoint(
    (request, note) => handler(request, principalOf(request), note),
    [middleware, ...middlewares],
  );
}
