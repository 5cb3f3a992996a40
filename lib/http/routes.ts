import type { HttpHandler } from './http-function.ts';

export interface Route {
  readonly method: 'GET' | 'POST';
  /** As in `serverless.yml`: `/api/orders/{order_id}`. */
  readonly path: string;
  readonly handler: HttpHandler;
}

export type RouteMatch =
  | { readonly found: true; readonly route: Route; readonly pathParameters: Record<string, string> }
  /** The methods that the path does have; empty for an unknown path. */
  | { readonly found: false; readonly allowed: readonly string[] };

/** Finds the route of a request; a trailing slash on its path does not count. */
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

/** A broken escape (%zz) stays as it was sent; no order id has a percent sign, so it is found invalid. */
function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
