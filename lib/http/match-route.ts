import type { HttpHandler, HttpRequest, HttpResponse } from './http-function.ts';

export interface Route {
  readonly method: 'GET' | 'POST';
  /** As in `serverless.yml`: `/api/orders/{order_id}`. */
  readonly path: string;
  readonly handler: HttpHandler;
}

export type RouteMatch =
  | { readonly found: true; readonly route: Route; readonly pathParameters: Record<string, string> }
  /** The methods of the path; empty for an unknown path. */
  | { readonly found: false; readonly allowed: readonly string[] };

/** Finds the route of a request. Ignores a trailing slash of the path. */
export function matchRoute(routes: readonly Route[], method: string, path: string): RouteMatch {
  const matching = routes.flatMap((route) => {
    const pathParameters = matchPath(route.path, path);
    return pathParameters === undefined ? [] : [{ found: true, route, pathParameters } as const];
  });
  return (
    matching.find(({ route }) => route.method === method) ?? {
      found: false,
      allowed: matching.map(({ route }) => route.method),
    }
  );
}

function matchPath(template: string, path: string): Record<string, string> | undefined {
  const expected = segments(template);
  const actual = segments(path);
  if (expected.length !== actual.length) {
    return undefined;
  }
  const parameters: Record<string, string> = {};
  for (const [index, segment] of expected.entries()) {
    const value = actual[index] ?? '';
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    if (name !== undefined && value !== '') {
      parameters[name] = decodeSegment(value);
    } else if (segment !== value) {
      return undefined;
    }
  }
  return parameters;
}

const segments = (path: string): string[] => path.replace(/\/$/, '').split('/');

/** Returns an invalid escape (%zz) unchanged; validation rejects it, because no order id contains a percent sign. */
function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** Returns whether a browser sends a CORS preflight request: https://fetch.spec.whatwg.org/#cors-preflight-request */
export function isPreflight({ headers, requestContext }: HttpRequest): boolean {
  return (
    requestContext.http.method === 'OPTIONS' &&
    headers.origin !== undefined &&
    headers['access-control-request-method'] !== undefined
  );
}

/**
 * The response to a preflight request. It has no CORS headers: API Gateway removes ours, and adds those of its CORS
 * configuration. Without such headers the browser does not send the actual request.
 */
export const preflightResponse = (): HttpResponse => ({ statusCode: 204 });
