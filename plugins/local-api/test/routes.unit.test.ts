import { expect, test } from '@jest/globals';
import { createRouter } from '../src/http-api/routes.ts';
import type { Service } from '../src/serverless.ts';

/** Returns the route keys that the router chooses, if the routes are declared in this order. */
function chosen(routes: readonly (string | object)[], requests: readonly string[]): (string | undefined)[] {
  const service: Service = {
    provider: {},
    getAllFunctions: () => ['all'],
    getFunction: () => ({ name: 'all', events: routes.map((httpApi) => ({ httpApi })) }),
  };
  const route = createRouter(service);
  return requests.map((request) => {
    const [method = '', path = ''] = request.split(' ');
    return route(method, path)?.route.routeKey;
  });
}

test.each([
  ['GET /a/{id}/{part}', 'GET /a/{id}/fixed', 'GET /a/1/fixed', 'GET /a/{id}/fixed'],
  ['GET /{x}/b', 'GET /a/{y}', 'GET /a/b', 'GET /a/{y}'],
  ['GET /{x}/{y}/c', 'GET /{x}/b/{z}', 'GET /a/b/c', 'GET /{x}/b/{z}'],
  ['GET /a/{id}', 'GET /a/special', 'GET /a/special', 'GET /a/special'],
  ['GET /a/{id}', 'get /a/special', 'GET /a/special', 'GET /a/special'],
  ['Get /a/{id}', 'post /a/{id}', 'POST /a/1', 'POST /a/{id}'],
])('of %s and %s, a request %s has the more specific one in each order', (one, other, request, expected) => {
  expect(chosen([one, other], [request])).toEqual([expected]);
  expect(chosen([other, one], [request])).toEqual([expected]);
});

test.each<[string | object]>([['* /a/{id}'], ['any /a/special'], [{ method: 'get', path: '/a/{id}' }]])(
  'a request whose most specific route is %j is left to serverless-offline',
  (other) => {
    expect(chosen(['GET /{x}/{y}', other], ['GET /a/special', 'GET /b/1'])).toEqual([
      undefined,
      'GET /{x}/{y}',
    ]);
  },
);

test('a greedy parameter matches only requests without another route', () => {
  const routes = ['ANY /{proxy+}', 'GET /a/{proxy+}', 'GET /{x}/{y}', 'POST /a/{id}'];

  expect(chosen(routes, ['GET /a/1', 'GET /a/1/2', 'PUT /a/1'])).toEqual([
    'GET /{x}/{y}',
    undefined,
    undefined,
  ]);
});
