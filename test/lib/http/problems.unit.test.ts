import { beforeAll, describe, expect, test } from '@jest/globals';
import { handler as createOrder } from '../../../functions/http/create-order.ts';
import { handler as notFound } from '../../../functions/http/not-found.ts';
import { OrderlyError } from '../../../lib/errors/orderly-error.ts';
import { endpoint, json } from '../../../lib/http/endpoint.ts';
import { jsonBody } from '../../../lib/http/middleware/request-body.ts';
import { httpEvent, lambdaContext } from '../../support/http-event.ts';

beforeAll(() => {
  for (const name of ['KAFKA_BROKERS', 'DATABASE_URL', 'STAGE']) {
    delete process.env[name];
  }
});

const validOrder = '{"customer_id":"c","product_id":"p","quantity":1,"price":1}';
const echo = endpoint(async ({ body }) => json(200, body), {
  body: jsonBody(),
  maxBodyBytes: 100,
});

async function answer(handler: typeof echo, event = httpEvent('POST', '/echo')) {
  const { statusCode, headers, body } = await handler(event, lambdaContext);
  return { statusCode, headers, body: JSON.parse(body ?? '') };
}

describe('an error response', () => {
  test.each([
    ['malformed JSON', httpEvent('POST', '/echo', '{"a":'), 400, 'malformed_json'],
    ['no body', httpEvent('POST', '/echo'), 400, 'malformed_json'],
    ['a __proto__ key', httpEvent('POST', '/echo', '{"__proto__":{"admin":true}}'), 400, 'malformed_json'],
    [
      'text',
      httpEvent('POST', '/echo', '{}', { 'content-type': 'text/plain' }),
      415,
      'unsupported_media_type',
    ],
    ['no content type', httpEvent('POST', '/echo', '{}', {}), 415, 'unsupported_media_type'],
    [
      'a compressed body',
      httpEvent('POST', '/echo', '{}', { 'content-type': 'application/json', 'content-encoding': 'gzip' }),
      415,
      'unsupported_media_type',
    ],
    [
      'a body that is too large',
      httpEvent('POST', '/echo', `"${'x'.repeat(100)}"`),
      413,
      'payload_too_large',
    ],
    [
      'a large base64 body',
      { ...httpEvent('POST', '/echo', 'eHh4'.repeat(40)), isBase64Encoded: true },
      413,
      'payload_too_large',
    ],
  ])('to %s is a problem with its code', async (_case, event, statusCode, code) => {
    const result = await answer(echo, event);

    expect(result).toMatchObject({
      statusCode,
      headers: { 'content-type': 'application/problem+json', 'x-request-id': 'invocation-1' },
      body: { type: 'about:blank', status: statusCode, code, request_id: 'invocation-1' },
    });
  });

  test('with status 500 contains no internal information', async () => {
    const broken = endpoint(async () => {
      throw new Error('an internal secret');
    });

    const { statusCode, body } = await answer(broken);

    expect(statusCode).toBe(500);
    expect(body.code).toBe('internal_error');
    expect(JSON.stringify(body)).not.toContain('secret');
  });

  test('for a missing configuration is a 500 that does not name it', async () => {
    const { statusCode, body } = await answer(createOrder, httpEvent('POST', '/api/orders', validOrder));

    expect(statusCode).toBe(500);
    expect(body.code).toBe('internal_error');
    expect(JSON.stringify(body)).not.toContain('KAFKA_BROKERS');
  });

  test('for an unavailable dependency has a retry-after header', async () => {
    const away = endpoint(async () => {
      throw new OrderlyError('kafka_unavailable', 'away', { details: { order_id: 'o-1' } });
    });

    expect(await answer(away)).toMatchObject({
      statusCode: 503,
      headers: { 'retry-after': '1' },
      body: { code: 'kafka_unavailable', order_id: 'o-1' },
    });
  });
});

test.each([
  'application/json',
  'Application/JSON; charset=utf-8',
  'application/json ;charset=utf-8',
  'application/merge-patch+json',
])('a body with the content type %s is parsed', async (contentType) => {
  const event = httpEvent('POST', '/echo', '{"a":1}', { 'content-type': contentType });

  expect(await answer(echo, event)).toMatchObject({ statusCode: 200, body: { a: 1 } });
});

describe('the catch-all', () => {
  beforeAll(() => {
    process.env.STAGE = 'local';
    process.env.KAFKA_BROKERS = '127.0.0.1:1';
    process.env.DATABASE_URL = 'postgresql://nobody@127.0.0.1:1/none';
  });

  test('answers an unknown path with a 404 problem', async () => {
    expect(await answer(notFound, httpEvent('GET', '/api/nothing'))).toMatchObject({
      statusCode: 404,
      body: { code: 'route_not_found' },
    });
  });

  test('answers a known path with another method with a 405 problem that names the methods', async () => {
    expect(await answer(notFound, httpEvent('DELETE', '/api/orders/o-1'))).toMatchObject({
      statusCode: 405,
      headers: { allow: 'GET' },
      body: { code: 'method_not_allowed' },
    });
  });

  test('passes a path with a trailing slash to the handler of its route, with the same validation and path parameters', async () => {
    expect(await answer(notFound, httpEvent('POST', '/api/orders/', '{"quantity":0}'))).toMatchObject({
      statusCode: 400,
      body: { code: 'validation_failed' },
    });
    expect(await answer(notFound, httpEvent('GET', '/api/orders/.bad/'))).toMatchObject({
      statusCode: 400,
      body: { errors: [{ path: 'order_id' }] },
    });
    expect(
      await answer(notFound, {
        ...httpEvent('GET', '/api/orders/o-1/'),
        queryStringParameters: { order_id: 'o-2', wiat: '5' },
      }),
    ).toMatchObject({
      statusCode: 400,
      body: {
        errors: [
          { path: 'order_id', message: 'is not a known field' },
          { path: 'wiat', message: 'is not a known field' },
        ],
      },
    });
    expect(await answer(notFound, httpEvent('GET', '/'))).toMatchObject({
      statusCode: 200,
      body: { name: 'Orderly' },
    });
  });
});

describe('a CORS preflight', () => {
  const preflight = { origin: 'https://shop.example', 'access-control-request-method': 'POST' };

  beforeAll(() => {
    process.env.STAGE = 'prod';
  });

  test.each(['/api/orders', '/api/orders/', '/nowhere'])(
    'to %s gets an empty 204 without CORS headers, which API Gateway adds',
    async (path) => {
      const { statusCode, headers, body } = await notFound(
        httpEvent('OPTIONS', path, undefined, preflight),
        lambdaContext,
      );

      expect({ statusCode, body }).toEqual({ statusCode: 204, body: undefined });
      expect(Object.keys(headers ?? {}).filter((name) => name.startsWith('access-control'))).toEqual([]);
    },
  );

  test('gets a response with its own request id each time', async () => {
    const event = httpEvent('OPTIONS', '/api/orders', undefined, preflight);

    await notFound(event, lambdaContext);
    const { headers } = await notFound(event, { ...lambdaContext, awsRequestId: 'invocation-2' });

    expect(headers).toMatchObject({ 'x-request-id': 'invocation-2' });
  });

  test.each([{}, { origin: preflight.origin }, { 'access-control-request-method': 'POST' }])(
    'is not one with only %j: the path does not support OPTIONS',
    async (headers) => {
      expect(await answer(notFound, httpEvent('OPTIONS', '/api/orders', undefined, headers))).toMatchObject({
        statusCode: 405,
        headers: { allow: 'POST, GET' },
      });
    },
  );
});

test('every response has the security headers', async () => {
  const { headers } = await answer(echo, httpEvent('POST', '/echo', '{"a":1}'));

  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff' });
});
