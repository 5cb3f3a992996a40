import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, LOCAL_HOST } from '../../../../local/process/ports.ts';
import { type Listener as BrokerListener, startBroker } from '../../../../test/support/start-broker.ts';
import { createTestState } from '../../../../test/support/test-state.ts';

const CERTIFICATES = join(import.meta.dirname, 'certificates');

/** The text of a file in `certificates/`. */
export const certificate = (name: string): string => readFileSync(join(CERTIFICATES, `${name}.pem`), 'utf8');

export const USER = { username: 'orders', password: 'open-sesame' };

type Settings = Readonly<Record<string, string>>;

const keyStore = (name: string): Settings => ({
  'ssl.keystore.type': 'PEM',
  'ssl.keystore.location': join(CERTIFICATES, `${name}.keystore.pem`),
});

const sasl = (...mechanisms: string[]): Settings => ({
  'sasl.enabled.mechanisms': mechanisms.join(','),
  ...Object.fromEntries(
    mechanisms.map((mechanism) => [`${mechanism.toLowerCase()}.sasl.jaas.config`, LOGINS[mechanism] ?? '']),
  ),
});

const SCRAM = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
const LOGINS: Readonly<Record<string, string>> = {
  PLAIN: `org.apache.kafka.common.security.plain.PlainLoginModule required user_${USER.username}="${USER.password}";`,
  'SCRAM-SHA-256': SCRAM,
  'SCRAM-SHA-512': SCRAM,
};

/** The listeners of the broker, one for each kind of security. */
const listeners = {
  open: { protocol: 'PLAINTEXT', settings: {} },
  tls: { protocol: 'SSL', settings: keyStore('broker') },
  mutual_tls: {
    protocol: 'SSL',
    settings: {
      ...keyStore('broker'),
      'ssl.client.auth': 'required',
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': join(CERTIFICATES, 'authority.pem'),
    },
  },
  sasl: { protocol: 'SASL_PLAINTEXT', settings: sasl('PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512') },
  sasl_tls: {
    protocol: 'SASL_SSL',
    settings: { ...keyStore('broker'), ...sasl('PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512') },
  },
  scram_512_only: { protocol: 'SASL_PLAINTEXT', settings: sasl('SCRAM-SHA-512') },
  for_another_host: { protocol: 'SSL', settings: keyStore('elsewhere') },
  expired: { protocol: 'SSL', settings: keyStore('expired') },
} as const;

export type Listener = keyof typeof listeners;

export interface SecuredBroker extends AsyncDisposable {
  /** host:port of a listener. */
  address(listener: Listener): string;
}

/** Starts a broker with all of these listeners. `USER` may log in with every mechanism. */
export async function startSecuredBroker(): Promise<SecuredBroker> {
  const stateDirectory = createTestState();
  const ports = new Map<string, number>();
  for (const name of Object.keys(listeners)) {
    ports.set(name, await freePort());
  }
  const withPorts = Object.entries(listeners).map(([name, listener]): [string, BrokerListener] => [
    name,
    { ...listener, port: ports.get(name) ?? 0 },
  ]);
  const users = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name="${USER.username}",password="${USER.password}"]`,
  ]);
  const server = await startBroker({
    stateDirectory,
    port: await freePort(), // no test uses it
    listeners: Object.fromEntries(withPorts),
    formatArguments: users,
  });
  return {
    address: (listener) => `${LOCAL_HOST}:${ports.get(listener)}`,
    [Symbol.asyncDispose]: async () => {
      server.kill();
      await server.ended;
      rmSync(stateDirectory, { recursive: true, force: true });
    },
  };
}
