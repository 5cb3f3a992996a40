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

/** An issuer of tokens for a laptop: the functions take its tokens on the same way as those of any other. */

const AUDIENCE = 'orderly';
const ALGORITHM = 'ES256';

/** A private key: whoever can read the file can write tokens for this stack. */
const storedKey = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  kid: z.string(),
  x: z.string(),
  y: z.string(),
  d: z.string(),
});

type StoredKey = z.infer<typeof storedKey>;

type Place = Pick<Settings, 'stateDirectory' | 'issuerPort'>;

/** What the functions are told, to take its tokens. */
export function localIssuer({ issuerPort }: Pick<Place, 'issuerPort'>): TokenRules {
  const issuer = `http://${LOCAL_HOST}:${issuerPort}/`;
  return { issuer, audiences: [AUDIENCE], jwksUrl: `${issuer}.well-known/jwks.json` };
}

/** Publishes the key, which is made the first time and kept: tokens stay good when the stack is started again. */
export async function startIssuer(place: Place): Promise<Running> {
  const { d: _, ...publicKey } = readKey(place) ?? (await makeKey(place));
  const keys = JSON.stringify({ keys: [{ ...publicKey, use: 'sig', alg: ALGORITHM }] });
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/jwk-set+json').end(keys);
  });
  server.listen(place.issuerPort, LOCAL_HOST);
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

/** A token by the kept key. @throws OrderlyError when no issuer has made one yet. */
export async function issueToken(
  place: Place,
  { subject, scope, customerId, minutes }: TokenRequest,
): Promise<string> {
  const key = readKey(place);
  if (key === undefined) {
    throw new OrderlyError(
      'local_stack',
      'There is no local issuer of tokens here yet: start the stack with "AUTH=local npm start".',
    );
  }
  const { issuer, audiences } = localIssuer(place);
  return new SignJWT({ scope, ...(customerId !== undefined && { customer_id: customerId }) })
    .setProtectedHeader({ alg: ALGORITHM, kid: key.kid })
    .setIssuer(issuer)
    .setAudience([...audiences])
    .setSubject(subject)
    .setIssuedAt()
    .setExpirationTime(`${minutes} minutes`)
    .sign(await importJWK(key, ALGORITHM));
}

const keyFile = ({ stateDirectory }: Place): string => join(stateDirectory, 'issuer-key.json');

/** Undefined when it is not there or was left damaged. */
function readKey(place: Place): StoredKey | undefined {
  try {
    return storedKey.safeParse(JSON.parse(readFileSync(keyFile(place), 'utf8'))).data;
  } catch {
    return undefined;
  }
}

/** Nobody else makes one at the same time: only who holds the lock on the state directory starts an issuer. */
async function makeKey(place: Place): Promise<StoredKey> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const jwk: JWK = { ...(await exportJWK(privateKey)), kid: crypto.randomUUID() };
  const unfinished = `${keyFile(place)}.${process.pid}`;
  writeFileSync(unfinished, `${JSON.stringify(jwk)}\n`, { mode: 0o600 });
  renameSync(unfinished, keyFile(place));
  return storedKey.parse(jwk);
}
