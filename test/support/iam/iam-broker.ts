import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, LOCAL_HOST } from '../../../local/process/ports.ts';
import { compileForKafka } from '../prepared-data.ts';
import { startBroker } from '../start-broker.ts';
import { createTestState } from '../test-state.ts';

export const CERTIFICATES = join(
  import.meta.dirname,
  '../../../plugins/serverless-offline-kafka/test/support/certificates',
);

/** Certificate of the authority that signed the broker's certificate. */
export const authority = (): string => readFileSync(join(CERTIFICATES, 'authority.pem'), 'utf8');

export interface IamBroker extends AsyncDisposable {
  /** Plaintext listener without authentication. */
  readonly open: string;
  /** TLS listener without authentication. */
  readonly tls: string;
  /** TLS listener with IAM tokens. */
  readonly iam: string;
}

/** The access key id with all permissions. Other ids have the permissions of their ACLs. */
export const ADMINISTRATOR = 'AKIDEXAMPLE';
/** The same, but valid only with this session token. */
export const TEMPORARY = { accessKeyId: 'ASIAEXAMPLE', sessionToken: 'session' };
/** The same, but the broker throttles the first three log-ins. */
export const BUSY = 'BUSYEXAMPLE';
/** The secret of every access key id. */
export const SECRET_ACCESS_KEY = 'secret';

const superUsers = ['ANONYMOUS', ADMINISTRATOR, TEMPORARY.accessKeyId, BUSY];

/** Starts a broker with IAM authentication like that of Amazon MSK. A session ends after at most `sessionMs`. */
export async function startIamBroker(sessionMs: number): Promise<IamBroker> {
  const stateDirectory = createTestState();
  const [port, tlsPort, iamPort] = [await freePort(), await freePort(), await freePort()];
  const server = await startBroker({
    stateDirectory,
    port,
    classes: [await compileForKafka(join(import.meta.dirname, 'IamTokenValidator.java'))],
    listeners: {
      TLS: { port: tlsPort, protocol: 'SSL' },
      IAM: {
        port: iamPort,
        protocol: 'SASL_SSL',
        settings: {
          'sasl.enabled.mechanisms': 'OAUTHBEARER',
          'oauthbearer.connections.max.reauth.ms': sessionMs,
          'oauthbearer.sasl.server.callback.handler.class': 'IamTokenValidator',
          'oauthbearer.sasl.jaas.config':
            'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";',
        },
      },
    },
    settings: {
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': join(CERTIFICATES, 'broker.keystore.pem'),
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': superUsers.map((name) => `User:${name}`).join(';'),
    },
  });
  return {
    open: `${LOCAL_HOST}:${port}`,
    tls: `${LOCAL_HOST}:${tlsPort}`,
    iam: `${LOCAL_HOST}:${iamPort}`,
    [Symbol.asyncDispose]: async () => {
      server.kill();
      await server.stop(); // waits until the process has ended
      rmSync(stateDirectory, { recursive: true, force: true });
    },
  };
}
