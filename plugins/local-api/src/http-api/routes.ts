import type { FunctionDefinition, Service } from '../serverless.ts';

/** A route of the HTTP API with the settings of its function. */
export interface Route {
  /** As in the event: `GET /api/orders/{order_id}`. */
  readonly routeKey: string;
  readonly functionName: string;
  readonly memorySizeMb: number;
  readonly timeoutMs: number;
}

export interface RouteMatch {
  readonly route: Route;
  readonly pathParameters: Readonly<Record<string, string>> | null;
}

interface RoutePattern {
  readonly pattern: RegExp;
  readonly rank: string;
  /** Undefined if serverless-offline serves it. */
  readonly route: Route | undefined;
}

/** Returns the route of a request. */
export type Router = (method: string, path: string) => RouteMatch | undefined;

/** serverless-offline's defaults. */
const DEFAULT_MEMORY_SIZE_MB = 1_024;
const DEFAULT_TIMEOUT_SECONDS = 6;

/** A route key without `$default`, `ANY` and greedy parameters. */
const plainRouteKey = /^(?!ANY )[A-Z]+ \/(?:[^{}+]|\{\w+\})*$/;

/** Paths that need no decoding and no normalization. Others are left to serverless-offline. */
const plainPath = /^(?:\/(?![./])[\w.~!$&'()*+,;=:@-]+)+$|^\/$/;

/**
 * Creates the router of a service, for routes with a method and a path whose functions have no variables of their own. It
 * chooses the most specific route, as API Gateway does, and returns undefined if that is left to serverless-offline.
 */
export function createRouter(service: Service): Router {
  const fixed = new Map<string, RouteMatch>();
  const patterns: RoutePattern[] = [];
  for (const { routeKey, definition } of routesOf(service)) {
    const isServed = plainRouteKey.test(routeKey) && definition !== undefined;
    const route = isServed ? { routeKey, ...settingsOf(definition, service) } : undefined;
    if (route === undefined || routeKey.includes('{')) {
      patterns.push({ pattern: patternOf(routeKey), rank: rankOf(routeKey), route });
    } else {
      fixed.set(routeKey, { route, pathParameters: null });
    }
  }
  patterns.sort((a, b) => a.rank.localeCompare(b.rank));
  return (method, path) => {
    if (!plainPath.test(path)) {
      return undefined;
    }
    const requested = `${method} ${path}`;
    const found = fixed.get(requested);
    if (found !== undefined) {
      return found;
    }
    for (const { pattern, route } of patterns) {
      const match = pattern.exec(requested);
      if (match !== null) {
        return route && { route, pathParameters: { ...match.groups } };
      }
    }
    return undefined;
  };
}

/** Yields the routes with a path. `definition` is undefined if the route has settings, or its function has its own variables. */
function* routesOf(
  service: Service,
): Generator<{ routeKey: string; definition: FunctionDefinition | undefined }> {
  for (const key of service.getAllFunctions()) {
    const definition = service.getFunction(key);
    for (const { httpApi } of definition.events ?? []) {
      const isPlain = typeof httpApi === 'string' && definition.environment === undefined;
      const routeKey = routeKeyOf(httpApi);
      if (routeKey.includes('/')) {
        yield { routeKey, definition: isPlain ? definition : undefined };
      }
    }
  }
}

/** Returns the route key of an event, such as `GET /a/{id}`; `*` for the default route. */
function routeKeyOf(httpApi: unknown): string {
  if (typeof httpApi === 'string') {
    return httpApi.replace(/^\w+ /, (method) => method.toUpperCase());
  }
  const { method = '*', path = '' } = { ...(httpApi as Partial<Record<'method' | 'path', string>>) };
  return `${method.toUpperCase()} ${path}`;
}

const settingsOf = ({ name = '', memorySize, timeout }: FunctionDefinition, { provider }: Service) => ({
  functionName: name,
  memorySizeMb: memorySize ?? provider.memorySize ?? DEFAULT_MEMORY_SIZE_MB,
  timeoutMs: (timeout ?? provider.timeout ?? DEFAULT_TIMEOUT_SECONDS) * 1_000,
});

/**
 * Returns a text that sorts the routes of a request, the most specific first: a greedy parameter is the last choice, a fixed
 * segment precedes a parameter, from left to right, and a method precedes any method.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html#http-api-develop-routes.evaluation
 */
function rankOf(routeKey: string): string {
  const [method = '', ...segments] = routeKey.split(/ ?\//);
  const ranks = segments.map((segment) => (segment.endsWith('+}') ? 2 : Number(segment.includes('{'))));
  return [Number(ranks.includes(2)), ...ranks, Number(anyMethod.test(method))].join('');
}

const anyMethod = /^(?:ANY|\*)/;

const patternOf = (routeKey: string): RegExp =>
  new RegExp(
    `^${routeKey
      .replace(anyMethod, '[A-Z]+')
      .replaceAll(/[.$()]/g, '\\$&')
      .replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')
      .replaceAll(/\{\w+\+\}/g, '.+')}$`,
  );
