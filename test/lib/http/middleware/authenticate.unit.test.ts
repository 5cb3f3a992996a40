import { describe, expect, test } from '@jest/globals';
import { invalidToken } from '../../../../lib/auth/auth-errors.ts';
import { anonymous, type Principal, type Scope } from '../../../../lib/auth/principal.ts';
import type { TokenVerifier } from '../../../../lib/auth/token-verifier.ts';
import { endpoint, json } from '../../../../lib/http/endpoint.ts';
import { authenticate } from '../../../../lib/http/middleware/authenticate.ts';
import { jsonBody } from '../../../../lib/http/middleware/request-body.ts';
import { httpEvent, lambdaContext } from '../../../support/http-event.ts';

const somebody: Principal = {
  id: 'issuer/somebody',
  subject: 'somebody',
  customerId: undefined,
  scopes: new Set(['orders:write']),
};

/** Calls an endpoint that returns the principal and the body. Every token is valid. */
async function answerTo(
  headers: Record<string, string>,
  verifier: TokenVerifier | undefined = async () => somebody,
  { isOpen = false, scope = 'orders:write' }: { isOpen?: boolean; scope?: Scope } = {},
) {
  const { middleware, principalOf } = authenticate(scope, () => (isOpen ? undefined : verifier));
  const handler = endpoint(
    async (request) => json(200, { subject: principalOf(request).subject, body: request.body }),
    { authentication: middleware, body: jsonBody() },
  );
  const event = httpEvent('POST', '/echo', '{"a":1}', { 'content-type': 'application/json', ...headers });
  const { statusCode, headers: answered, body } = await handler(event, lambdaContext);
  return { statusCode, challenge: answered?.['www-authenticate'], body: JSON.parse(body ?? '') };
}

test.each(['Bearer abc.def.ghi', 'bearer abc', 'BEARER  a-b_c~d+e/f=='])(
  'a request with the header "%s" reaches the handler, with its body and its principal',
  async (authorization) => {
    expect(await answerTo({ authorization })).toMatchObject({
      statusCode: 200,
      body: { subject: 'somebody', body: { a: 1 } },
    });
  },
);

test.each([
  '',
  'Bearer',
  'Bearer ',
  'abc.def.ghi',
  'Basic dXNlcjpwYXNzd29yZA==',
  'Bearer abc def',
  'Bearer abc,Bearer def',
  'Bearer abc, Bearer abc',
  'Bearer a"b',
  'Bearer ä',
  'DPoP abc',
])('a header "%s" is not a bearer token and is rejected', async (authorization) => {
  expect(await answerTo({ authorization })).toMatchObject({
    statusCode: 401,
    challenge: 'Bearer error="invalid_request"',
    body: { code: 'unauthenticated' },
  });
});

test('a request without a token gets 401 before its body is read', async () => {
  const answer = await answerTo({ 'content-type': 'text/plain' });

  expect(answer).toMatchObject({ statusCode: 401, challenge: 'Bearer', body: { code: 'unauthenticated' } });
});

test('a request with an invalid token gets the reason, without any part of the token', async () => {
  const rejectAll: TokenVerifier = async () => {
    throw invalidToken('The token has expired.');
  };

  expect(await answerTo({ authorization: 'Bearer abc' }, rejectAll)).toMatchObject({
    statusCode: 401,
    challenge: 'Bearer error="invalid_token", error_description="The token has expired."',
    body: { code: 'unauthenticated', detail: 'The token has expired.' },
  });
});

test('the challenge is a response header and not in the body', async () => {
  const { body } = await answerTo({});

  expect(Object.keys(body).sort()).toEqual(['code', 'detail', 'request_id', 'status', 'title', 'type']);
});

test('a token without the scope is rejected', async () => {
  const reader = { ...somebody, scopes: new Set(['orders:read', 'orders:writer']) };

  expect(await answerTo({ authorization: 'Bearer abc' }, async () => reader)).toMatchObject({
    statusCode: 403,
    challenge: 'Bearer error="insufficient_scope", scope="orders:write"',
    body: { code: 'forbidden' },
  });
});

test('orders:admin implies no other scope, and no other scope implies it', async () => {
  const statusOf = async (held: Scope, scope: Scope) => {
    const principal = { ...somebody, scopes: new Set([held]) };
    return (await answerTo({ authorization: 'Bearer abc' }, async () => principal, { scope })).statusCode;
  };

  expect(await statusOf('orders:admin', 'orders:admin')).toBe(200);
  expect(await statusOf('orders:admin', 'orders:read')).toBe(403);
  expect(await statusOf('orders:admin', 'orders:write')).toBe(403);
  expect(await statusOf('orders:read', 'orders:admin')).toBe(403);
  expect(await statusOf('orders:write', 'orders:admin')).toBe(403);
});

test('a token of one customer cannot use orders:admin, which is about all customers', async () => {
  const bound = { ...somebody, customerId: 'c-1', scopes: new Set(['orders:admin', 'orders:write']) };
  const answerFor = (scope: Scope) => answerTo({ authorization: 'Bearer abc' }, async () => bound, { scope });

  expect(await answerFor('orders:admin')).toMatchObject({
    statusCode: 403,
    challenge: undefined,
    body: {
      code: 'forbidden',
      detail: 'The token is for one customer only; orders:admin needs a token for all customers.',
    },
  });
  expect(await answerFor('orders:write')).toMatchObject({ statusCode: 200 });
});

describe('when the API is open', () => {
  test.each([{}, { authorization: 'Basic whatever' }])(
    'every request is accepted with %j',
    async (headers) => {
      const { statusCode, body } = await answerTo(headers, undefined, { isOpen: true });

      expect({ statusCode, subject: body.subject }).toEqual({ statusCode: 200, subject: 'anonymous' });
    },
  );

  test('every request has all scopes and sees all customers', () => {
    expect(anonymous).toMatchObject({
      id: 'anonymous',
      customerId: undefined,
      scopes: new Set(['orders:read', 'orders:write', 'orders:admin']),
    });
  });
});
