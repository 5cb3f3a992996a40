import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import { endpoint } from '../../lib/http/endpoint.ts';
import type { HttpHandler } from '../../lib/http/http-function.ts';
import { isPreflight, matchRoute, preflightResponse, type Route } from '../../lib/http/match-route.ts';
import { redirectSlash } from '../../lib/http/redirect-slash.ts';
import { handler as cancelOrder } from './cancel-order.ts';
import { handler as createOrder } from './create-order.ts';
import { handler as createOrdersBulk } from './create-orders-bulk.ts';
import { handler as getOrder } from './get-order.ts';
import { handler as health } from './health.ts';
import { handler as listOrders } from './list-orders.ts';
import { handler as metrics } from './metrics.ts';
import { handler as orderHistory } from './order-history.ts';
import { handler as welcome } from './welcome.ts';

/** Every HTTP route of `serverless.yml`; a test compares both lists. */
export const routes: readonly Route[] = [
  { method: 'GET', path: '/', handler: welcome },
  { method: 'GET', path: '/api/health', handler: health },
  { method: 'GET', path: '/api/metrics', handler: metrics },
  { method: 'GET', path: '/asyncapi.json', handler: redirectSlash },
  { method: 'GET', path: '/openapi.json', handler: redirectSlash },
  { method: 'GET', path: '/schemas/{name}', handler: redirectSlash },
  { method: 'GET', path: '/docs', handler: redirectSlash },
  { method: 'GET', path: '/docs/{file}', handler: redirectSlash },
  { method: 'POST', path: '/api/orders', handler: createOrder },
  { method: 'GET', path: '/api/orders', handler: listOrders },
  { method: 'POST', path: '/api/orders/bulk', handler: createOrdersBulk },
  { method: 'GET', path: '/api/orders/{order_id}', handler: getOrder },
  { method: 'GET', path: '/api/orders/{order_id}/history', handler: orderHistory },
  { method: 'POST', path: '/api/orders/{order_id}/cancel', handler: cancelOrder },
];

const reject: HttpHandler = endpoint(async (request) => {
  if (isPreflight(request)) {
    return preflightResponse();
  }
  const { http } = request.requestContext;
  const match = matchRoute(routes, http.method, http.path);
  if (!match.found && match.allowed.length > 0) {
    throw new OrderlyError('method_not_allowed', `${http.path} does not support the method ${http.method}.`, {
      details: { allow: match.allowed.join(', ') },
    });
  }
  throw new OrderlyError('route_not_found', `No route matches ${http.path}.`);
});

/**
 * The catch-all route. API Gateway's HTTP API has no route keys that end in a slash, so a path with a trailing slash comes
 * here, and the handler of its route answers, or redirects to the path without the slash. Other paths get 404, or 405, and a
 * browser's preflight request gets 204.
 */
export const handler: HttpHandler = (event, context) => {
  const { method, path } = event.requestContext.http;
  const match = matchRoute(routes, method, path);
  if (!match.found) {
    return reject(event, context);
  }
  const { route, pathParameters } = match;
  return route.handler({ ...event, routeKey: `${route.method} ${route.path}`, pathParameters }, context);
};
