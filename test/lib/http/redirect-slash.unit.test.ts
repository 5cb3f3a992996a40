import { expect, test } from '@jest/globals';
import { handler as notFound } from '../../../functions/http/not-found.ts';
import { redirectSlash } from '../../../lib/http/redirect-slash.ts';
import { httpEvent, lambdaContext } from '../../support/http-event.ts';

test.each([
  ['/openapi.json/', '', '/openapi.json'],
  ['/docs/', 'a=1&b=%20', '/docs?a=1&b=%20'],
  ['/schemas/a b%zz/', '', '/schemas/a%20b%zz'],
  ['/schemas/a\r\nset-cookie: b/', '', '/schemas/aset-cookie:%20b'],
])('%j with the query %j is redirected to %j', async (path, rawQueryString, location) => {
  const response = await redirectSlash({ ...httpEvent('GET', path), rawQueryString }, lambdaContext);

  expect(response).toMatchObject({ statusCode: 308, headers: { location } });
});

test.each(['/docs/..\\\\host.example/', '/schemas/.\\..\\\\host.example/', '/docs/%2e%2e\\\\host.example/'])(
  'the path %j, as API Gateway decodes it, is not redirected to another host',
  async (path) => {
    const { headers } = await notFound(httpEvent('GET', path), lambdaContext);

    expect(headers?.location).toBe('/host.example');
  },
);

test.each(['/openapi.json', '/asyncapi.json', '/schemas/order-record.json'])(
  'the catch-all redirects the slash form of %s, because its package has no contracts',
  async (path) => {
    expect(await notFound(httpEvent('GET', `${path}/`), lambdaContext)).toMatchObject({
      statusCode: 308,
      headers: { location: path },
    });
  },
);
