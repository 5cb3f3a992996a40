import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { routes } from '../../../functions/http/not-found.ts';
import { matchRoute } from '../../../lib/http/match-route.ts';

function match(method: string, path: string): string {
  const result = matchRoute(routes, method, path);
  return result.found
    ? `${result.route.path} ${JSON.stringify(result.pathParameters)}`
    : `none, allowed: ${result.allowed.join(', ')}`;
}

describe('matching a path to a route', () => {
  test.each([
    ['GET', '/', '/ {}'],
    ['GET', '/api/health/', '/api/health {}'],
    ['POST', '/api/orders', '/api/orders {}'],
    ['POST', '/api/orders/', '/api/orders {}'],
    ['GET', '/api/orders/o-1/', '/api/orders/{order_id} {"order_id":"o-1"}'],
    ['GET', '/api/orders/o%3A1', '/api/orders/{order_id} {"order_id":"o:1"}'],
    ['GET', '/api/orders/%zz', '/api/orders/{order_id} {"order_id":"%zz"}'],
    ['DELETE', '/api/orders', 'none, allowed: POST, GET'],
    ['GET', '/api/orders/', '/api/orders {}'],
    ['GET', '/api/orders/o-1/history/', '/api/orders/{order_id}/history {"order_id":"o-1"}'],
    ['POST', '/api/orders/o-1', 'none, allowed: GET'],
    ['GET', '/api//orders', 'none, allowed: '],
    ['GET', '/api/orders/o-1/secrets', 'none, allowed: '],
    ['GET', '', '/ {}'],
  ])('%s %s → %s', (method, path, expected) => {
    expect(match(method, path)).toBe(expected);
  });

  test('never throws for any path', () => {
    fc.assert(fc.property(fc.string(), (path) => expect(match('GET', `/${path}`)).not.toBe('')));
  });
});
