import { scopes } from '../../../lib/auth/principal.ts';
import { issueToken } from '../../../local/issuer.ts';
import { freePort, LOCAL_HOST } from '../../../local/process/ports.ts';
import { SECRET } from '../../support/fulfilment-receiver.ts';
import { startOrderly } from '../../support/npm-start.ts';
import type { Auth } from './fuzz-options.ts';

export interface FuzzedApi extends AsyncDisposable {
  readonly apiUrl: string;
  /** Has all scopes of the API. Undefined if the API checks no tokens. */
  readonly token: string | undefined;
  /** Reads the OpenAPI document of the API. */
  document(): Promise<unknown>;
}

/**
 * Starts Orderly with its own servers. An API that checks tokens also has a receiver that is unavailable, so its orders wait for
 * their fulfilment. Those of an open API are completed.
 */
export async function startApi(auth: Auth): Promise<FuzzedApi> {
  const issuerPort = await freePort();
  const secured = {
    AUTH: 'local',
    ISSUER_PORT: `${issuerPort}`,
    FULFILMENT_URL: `http://${LOCAL_HOST}:${await freePort()}/`,
    FULFILMENT_SECRET: SECRET,
  };
  const orderly = await startOrderly(auth === 'none' ? { AUTH: 'none', FULFILMENT_URL: '' } : secured);
  const issuer = { stateDirectory: orderly.stateDir, issuerPort };
  const scope = scopes.join(' ');
  return {
    apiUrl: orderly.apiUrl,
    token:
      auth === 'none'
        ? undefined
        : await issueToken(issuer, { subject: 'fuzzer', scope, customerId: undefined, minutes: 60 }),
    document: async () => (await fetch(`${orderly.apiUrl}/openapi.json`)).json(),
    [Symbol.asyncDispose]: () => orderly.stop(),
  };
}
