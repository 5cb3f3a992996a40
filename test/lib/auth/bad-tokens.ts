import { createHmac } from 'node:crypto';
import { exportSPKI } from 'jose';
import { ALL_SCOPES, AUDIENCE, newKey, signToken, type TestIssuer } from '../../support/issuer.ts';

/** Tokens that differ from `issuer.token()` in one property and are invalid. */

const inAnHour = (): number => Math.floor(Date.now() / 1_000) + 3_600;

export const encode = (part: object | string): string =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

/** Signed by another key under the id of the right one. */
export async function forgedToken({ issuer, key }: TestIssuer): Promise<string> {
  const forger = await newKey(key.alg, key.kid);
  return signToken(forger, { iss: issuer, aud: AUDIENCE, scope: ALL_SCOPES });
}

/** Not signed. */
export async function unsignedToken(issuer: TestIssuer, alg = 'none'): Promise<string> {
  const [, claims] = (await issuer.token()).split('.');
  return `${encode({ alg, kid: issuer.key.kid })}.${claims}.`;
}

/** Signed by HS256 with the public key as the shared secret. */
export async function tokenByPublicKey(issuer: TestIssuer): Promise<string> {
  const [, claims] = (await issuer.token()).split('.');
  const signed = `${encode({ alg: 'HS256', kid: issuer.key.kid })}.${claims}`;
  const publicKey = await exportSPKI(issuer.key.publicKey);
  return `${signed}.${createHmac('sha256', publicKey).update(signed).digest('base64url')}`;
}

/** Tokens that every route must reject. */
export const badTokens: Readonly<Record<string, (issuer: TestIssuer) => Promise<string>>> = {
  'a forged one': forgedToken,
  'one that has expired': (issuer) => issuer.token({ exp: inAnHour() - 7_200 }),
  'one of another issuer': (issuer) => issuer.token({ iss: 'https://issuer.example/' }),
  'one for another audience': (issuer) => issuer.token({ aud: 'other' }),
  'one that is not signed': unsignedToken,
  'one that is signed with the public key': tokenByPublicKey,
};
