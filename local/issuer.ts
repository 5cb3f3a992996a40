import { once } from 'node:events';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import * as z from 'zod';
import type { TokenRules } from '../lib/config/config.ts';
import { OrderlyError } from '../lib/errors/orderly-error.ts';
import type { Running } from './process/lifecycle.ts';
import { LOCAL_HOST } from './process/ports.ts';
import type { Settings } from './settings.ts';

/** A local issuer of tokens. The functions verify its tokens like those of any other issuer. */

const AUDIENCE = 'orderly';
const ALGORITHM = 'ES256';

/** The private key. A reader of the file can sign tokens for this stack. */
const storedKey = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  kid: z.string(),
  x: z.string(),
  y: z.string(),
  d: z.string(),
});

type StoredKey = z.infer<typeof storedKey>;

type IssuerLocation = Pick<Settings, 'stateDirectory' | 'issuerPort'>;

/** Returns the configuration with which the functions accept its tokens. */
export function localIssuer({ issuerPort }: Pick<IssuerLocation, 'issuerPort'>): TokenRules {
  const issuer = `http://${LOCAL_HOST}:${issuerPort}/`;
  return { issuer, audiences: [AUDIENCE], jwksUrl: `${issuer}.well-known/jwks.json` };
}

/** Publishes the key. It is generated once and kept, so tokens stay valid after a restart. */
export async function startIssuer(location: IssuerLocation): Promise<Running> {
  const { d: _, ...publicKey } = readKey(location) ?? (await makeKey(location));
  const keys = JSON.stringify({ keys: [{ ...publicKey, use: 'sig', alg: ALGORITHM }] });
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/jwk-set+json').end(keys);
  });
  server.listen(location.issuerPort, LOCAL_HOST);
  await once(server, 'listening');
  return {
    stop: async () => {
      server.closeAllConnections();
      server.close();
    },
    kill: () => server.closeAllConnections(),
  };
}

export interface TokenRequest {
  readonly subject: string;
  /** Separated by spaces. */
  readonly scope: string;
  readonly customerId: string | undefined;
  readonly minutes: number;
}

/** Signs a token with the kept key. @throws OrderlyError if there is no key yet. */
export async function issueToken(
  location: IssuerLocation,
  { subject, scope, customerId, minutes }: TokenRequest,
): Promise<string> {
  const key = readKey(location);
  if (key === undefined) {
    throw new OrderlyError(
      'local_stack',
      'There is no local token issuer yet: start the stack with "AUTH=local npm start".',
    );
  }
  const { issuer, audiences } = localIssuer(location);
  return new SignJWT({ scope, ...(customerId !== undefined && { customer_id: customerId }) })
    .setProtectedHeader({ alg: ALGORITHM, kid: key.kid })
    .setIssuer(issuer)
    .setAudience([...audiences])
    .setSubject(subject)
    .setIssuedAt()
    .setExpirationTime(`${minutes} minutes`)
    .sign(await importJWK(key, ALGORITHM));
}

const keyFile = ({ stateDirectory }: IssuerLocation): string => join(stateDirectory, 'issuer-key.json');

/** Returns undefined if the file is missing or damaged. */
function readKey(location: IssuerLocation): StoredKey | undefined {
  try {
    return storedKey.safeParse(JSON.parse(readFileSync(keyFile(location), 'utf8'))).data;
  } catch {
    return undefined;
  }
}

/** Runs in one process at a time: starting an issuer requires the lock of the state directory. */
async function makeKey(location: IssuerLocation): Promise<StoredKey> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const jwk: JWK = { ...(await exportJWK(privateKey)), kid: crypto.randomUUID() };
  const unfinished = `${keyFile(location)}.${process.pid}`;
  writeFileSync(unfinished, `${JSON.stringify(jwk)}\n`, { mode: 0o600 });
  renameSync(unfinished, keyFile(location));
  return storedKey.parse(jwk);
}
