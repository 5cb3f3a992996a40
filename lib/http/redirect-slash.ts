import { endpoint } from './endpoint.ts';
import type { HttpHandler } from './http-function.ts';

/**
 * Redirects a path with a trailing slash to the same path without it. For routes that read files: the catch-all does not have
 * them in its package, so it cannot serve their slash form itself.
 */
export const redirectSlash: HttpHandler = endpoint(async ({ requestContext, rawQueryString }) => {
  const { pathname } = new URL(requestContext.http.path.replace(/\/$/, ''), 'http://localhost');
  // API Gateway decodes paths, so /docs/..%5C%5Chost becomes //host, which is another host.
  const path = pathname.replace(/^\/+/, '/');
  return { statusCode: 308, headers: { location: path + (rawQueryString && `?${rawQueryString}`) } };
});
