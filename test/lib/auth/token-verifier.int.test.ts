import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { issuerKeys } from '../../../lib/auth/issuer-keys.ts';
import { readKeySet } from '../../../lib/auth/read-key-set.ts';
import { type TokenVerifier, tokenVerifier } from '../../../lib/auth/token-verifier.ts';
import { systemClock } from '../../../lib/time/clock.ts';
import {
  AUDIENCE,
  type Claims,
  newKey,
  publicJwk,
  signToken,
  startIssuer,
  type TestIssuer,
} from '../../support/issuer.ts';
import { encode, forgedToken, tokenByPublicKey, unsignedToken } from './bad-tokens.ts';

let issuer: TestIssuer;
let verify: TokenVerifier;

/** Keys that are never read again: no token of these tests needs it. */
const verifierOf = (
  { issuer, jwksUrl }: TestIssuer,
  audiences = [AUDIENCE],
  clock = systemClock,
): TokenVerifier =>
  tokenVerifier(
    { issuer, audiences },
    issuerKeys(() => readKeySet(jwksUrl), systemClock),
    clock,
  );

beforeAll(async () => {
  issuer = await startIssuer('RS256');
  verify = verifierOf(issuer);
});
afterAll(async () => await issuer[Symbol.asyncDispose]());

const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1_000) + seconds;

async function rejection(token: string | Promise<string>, by = verify): Promise<unknown> {
  return by(await token).then(
    () => 'taken',
    (error) => `${error.code}: ${error.message}`,
  );
}

describe('a token that is accepted', () => {
  test('contains the subject, the customer and the scopes', async () => {
    const principal = await verify(await issuer.token({ customer_id: 'c-1', scope: 'orders:read openid' }));

    expect(principal).toEqual({
      id: JSON.stringify([issuer.issuer, 'tester', 'c-1']),
      subject: 'tester',
      customerId: 'c-1',
      scopes: new Set(['orders:read', 'openid']),
    });
  });

  test('that is bound to no customer gives a different id than one of the same subject that is', async () => {
    const ofAll = await verify(await issuer.token());
    const ofNull = await verify(await issuer.token({ customer_id: 'null' }));

    expect(ofAll).toMatchObject({
      id: JSON.stringify([issuer.issuer, 'tester', null]),
      customerId: undefined,
    });
    expect(ofNull.id).toBe(JSON.stringify([issuer.issuer, 'tester', 'null']));
  });

  test.each([
    ['an array of audiences', { aud: ['other', AUDIENCE] }],
    ['the client id where there is no audience, as of Cognito', { aud: undefined, client_id: AUDIENCE }],
  ] satisfies [string, Claims][])('has %s', async (_what, claims) => {
    expect(await rejection(issuer.token(claims))).toBe('taken');
  });

  test.each([
    [{ scope: 'orders:read orders:write' }],
    [{ scope: ['orders:read', 'orders:write'] }],
    [{ scope: undefined, scp: 'orders:read orders:write' }],
    [{ scope: undefined, scp: ['orders:read', 'orders:write'] }],
    [{ scope: `${AUDIENCE}/orders:read orders:write` }],
  ] satisfies [Claims][])('may write its scopes as %j', async (claims) => {
    const { scopes } = await verify(await issuer.token(claims));

    expect(scopes).toEqual(new Set(['orders:read', 'orders:write']));
  });

  test('has none of our scopes if another resource server precedes them', async () => {
    const { scopes } = await verify(await issuer.token({ scope: 'billing/orders:write /orders:read' }));

    expect(scopes).toEqual(new Set(['billing/orders:write', '/orders:read']));
  });

  test('may have a whole audience with slashes before its scopes', async () => {
    const audience = 'https://orders.example.com';
    const token = await issuer.token({ aud: audience, scope: `${audience}/orders:read` });

    const { scopes } = await verifierOf(issuer, [audience])(token);

    expect(scopes).toEqual(new Set(['orders:read']));
  });

  test.each(['RS256', 'PS256', 'ES256', 'EdDSA'])('is signed with %s', async (alg) => {
    await using other = await startIssuer(alg);

    expect(await rejection(other.token(), verifierOf(other))).toBe('taken');
  });
});

describe('a token is rejected', () => {
  test.each([
    ['has expired', { exp: inSeconds(-60) }],
    ['no usable claim exp', { exp: undefined }],
    ['not valid yet', { nbf: inSeconds(3_600) }],
    ['another audience', { aud: 'other' }],
    ['another audience', { aud: ['other'], client_id: AUDIENCE }],
    ['another audience', { aud: undefined }],
    ['another audience', { aud: '' }],
    ['another issuer', { iss: 'https://issuer.example/' }],
    ['another issuer', { iss: undefined }],
    ['no usable claim sub', { sub: undefined }],
    ['no usable claim sub', { sub: '' }],
    ['no usable claim sub', { sub: 'a\u0000b' }],
    ['no usable claim scope', { scope: 7 }],
    ['no usable claim customer_id', { customer_id: '' }],
    ['no usable claim customer_id', { customer_id: ' c-1' }],
    ['no usable claim customer_id', { customer_id: null }],
    ['no usable claim customer_id', { customer_id: 7 }],
    ['no usable claim customer_id', { customer_id: ['c-1'] }],
    ['no usable claim customer_id', { customer_id: 'c'.repeat(65) }],
  ] satisfies [string, Claims][])('with "%s" for the claims %j', async (why, claims) => {
    expect(await rejection(issuer.token(claims))).toMatch(new RegExp(`^unauthenticated: .*${why}`));
  });

  test('if it is forged: signed by another key under the id of the right one', async () => {
    expect(await rejection(forgedToken(issuer))).toBe(
      'unauthenticated: The signature of the token is invalid.',
    );
  });

  test('if its claims were changed after signing', async () => {
    const [header, , signature] = (await issuer.token()).split('.');
    const claims = { iss: issuer.issuer, aud: AUDIENCE, sub: 'other', exp: inSeconds(60) };

    const why = await rejection(`${header}.${encode(claims)}.${signature}`);

    expect(why).toBe('unauthenticated: The signature of the token is invalid.');
  });

  test.each(['none', 'None', 'NONE'])('if it is not signed: alg %s', async (alg) => {
    expect(await rejection(unsignedToken(issuer, alg))).toMatch(
      /^unauthenticated: The token (must be signed with|is malformed)/,
    );
  });

  test('if it is signed by HS256 with the public key as the shared secret', async () => {
    expect(await rejection(tokenByPublicKey(issuer))).toMatch(
      /^unauthenticated: The token must be signed with/,
    );
  });

  test('if it contains its own key', async () => {
    const own = await newKey('RS256');

    const why = await rejection(
      signToken(
        own,
        { iss: issuer.issuer, aud: AUDIENCE },
        { jwk: await publicJwk(own), jku: 'https://evil.example' },
      ),
    );

    expect(why).toBe('unauthenticated: The issuer has no key with this id and type.');
  });

  test('if the type of its key does not match its algorithm', async () => {
    const other = await newKey('ES256', issuer.key.kid);

    const why = await rejection(signToken(other, { iss: issuer.issuer, aud: AUDIENCE }));

    expect(why).toBe('unauthenticated: The issuer has no key with this id and type.');
  });

  test('for any input: only a token of the issuer is accepted, and each rejection is the client’s error', async () => {
    const header = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record({ alg: fc.constantFrom('RS256', 'ES256', 1, null), kid: fc.constant(issuer.key.kid) })
        .map((value) => JSON.stringify(value)),
    );
    const token = fc.oneof(
      fc.string(),
      fc.tuple(header, fc.json(), fc.string()).map((parts) => parts.map(encode).join('.')),
    );

    await fc.assert(
      fc.asyncProperty(token, async (text) => {
        expect(await rejection(text)).toMatch(/^unauthenticated/);
      }),
      { numRuns: 300 },
    );
  });
});

test('a subject has at most 255 characters', async () => {
  expect(await rejection(issuer.token({ sub: 'a'.repeat(255) }))).toBe('taken');
  expect(await rejection(issuer.token({ sub: 'a'.repeat(256) }))).toMatch(/no usable claim sub/);
});

describe('the clocks of issuer and function', () => {
  const now = inSeconds(0);
  const answerTo = (claim: string, seconds: number) =>
    rejection(
      issuer.token({ [claim]: now + seconds }),
      verifierOf(issuer, [AUDIENCE], () => now * 1_000),
    );

  test.each([
    ['exp', -4],
    ['nbf', 4],
  ])('may differ by nearly 5 seconds: %s is at %i', async (claim, seconds) => {
    expect(await answerTo(claim, seconds)).toBe('taken');
  });

  test.each([
    ['exp', -6],
    ['nbf', 6],
  ])('may not differ by more: %s is at %i', async (claim, seconds) => {
    expect(await answerTo(claim, seconds)).toMatch(
      /^unauthenticated: The token (has expired|is not valid yet)/,
    );
  });
});

test('a key of the issuer that is too short is not used, and does not count as an error of the client', async () => {
  await using other = await startIssuer('RS256');
  const token = await other.token();
  const short = {
    kty: 'RSA',
    kid: other.key.kid,
    e: 'AQAB',
    n: Buffer.alloc(128, 0xff).toString('base64url'),
  };
  other.answers((response) => response.end(JSON.stringify({ keys: [short] })));

  expect(await rejection(token, verifierOf(other))).toMatch(/^authentication_unavailable/);
});
