import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type CryptoKey, exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from 'jose';
import { scopes } from '../../lib/auth/principal.ts';
import { LOCAL_HOST } from '../../local/process/ports.ts';
import { forbid } from './log-record/log-record.ts';

export const AUDIENCE = 'orderly-test';
export const ALL_SCOPES = scopes.join(' ');

/** Claims of any type. Undefined removes a claim. */
export type Claims = Readonly<Record<string, unknown>>;

export interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly publicKey: CryptoKey;
  readonly privateKey: CryptoKey;
}

/** An issuer with a real key server, whose keys and answers tests can change. */
export interface TestIssuer extends AsyncDisposable {
  readonly issuer: string;
  readonly jwksUrl: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The key that it signs with. */
  readonly key: SigningKey;
  /** Number of requests for its keys. */
  asked(): number;
  /** Replaces the answers of the key server. `keys` is the document that it would publish. */
  answers(how: (response: ServerResponse, keys: string) => void): void;
  /** Replaces the signing key and publishes only the new one. */
  rotate(): Promise<void>;
  /**
   * Returns a valid token for one hour with all scopes. `claims` and `header` override it; undefined removes an entry.
   */
  token(claims?: Claims, header?: Partial<JWTHeaderParameters>): Promise<string>;
}

export async function newKey(alg: string, kid: string = crypto.randomUUID()): Promise<SigningKey> {
  return { kid, alg, ...(await generateKeyPair(alg, { extractable: true })) };
}

export async function publicJwk({ kid, publicKey }: SigningKey): Promise<object> {
  return { ...(await exportJWK(publicKey)), kid, use: 'sig' };
}

export async function startIssuer(alg = 'ES256'): Promise<TestIssuer> {
  let key = await newKey(alg);
  let asked = 0;
  const keySet = async (): Promise<string> => JSON.stringify({ keys: [await publicJwk(key)] });
  let keys = await keySet();
  const publish: Parameters<TestIssuer['answers']>[0] = (response, keys) => response.end(keys);
  let answer = publish;
  const server = createServer((_request, response) => {
    asked += 1;
    answer(response, keys);
  });
  server.listen(0, LOCAL_HOST);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const issuer = `http://${LOCAL_HOST}:${port}/`;
  const jwksUrl = `${issuer}jwks.json`;

  return {
    issuer,
    jwksUrl,
    environment: {
      AUTH: 'jwt',
      AUTH_ISSUER: issuer,
      AUTH_AUDIENCE: AUDIENCE,
      AUTH_JWKS_URL: jwksUrl,
    },
    get key() {
      return key;
    },
    asked: () => asked,
    answers: (how) => {
      answer = how;
    },
    rotate: async () => {
      key = await newKey(alg);
      keys = await keySet();
      answer = publish;
    },
    token: (claims = {}, header = {}) =>
      signToken(key, { iss: issuer, aud: AUDIENCE, scope: ALL_SCOPES, ...claims }, header),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Returns a token with only these claims, a subject and an expiry in one hour. */
export async function signToken(
  { alg, kid, privateKey }: SigningKey,
  claims: Claims,
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> {
  const exp = Math.floor(Date.now() / 1_000) + 3_600;
  const token = await new SignJWT({ sub: 'tester', exp, ...claims })
    .setProtectedHeader({ alg, kid, ...header })
    .sign(privateKey);
  forbid('token', token);
  forbid('token', token.slice(token.lastIndexOf('.') + 1));
  return token;
}
