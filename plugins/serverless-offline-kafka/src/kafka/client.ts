import type { ConnectionOptions } from 'node:tls';
import type { Log } from '../serverless.ts';
import type { ClusterSettings, SaslSettings, TlsSettings } from './cluster-settings.ts';
import { connectionFailure } from './connection-failure.ts';
import { kafkajs } from './kafkajs/patched-kafkajs.ts';
import { reachableFirst } from './reachable-first.ts';
import { createSocketFactory } from './socket-factory.ts';

export interface ClientSettings extends ClusterSettings {
  readonly log: Log;
}

export interface RetryPolicy {
  /** The number of retries for an unreachable broker. The delay grows to 1 s. */
  readonly retries: number;
  /** Called for each failed connection. */
  readonly unreachable?: (reason: Error) => void;
  /** Called when a broker is unresponsive and another one responds. True: the client no longer connects to the former. */
  readonly abandons?: () => boolean;
}

const CONNECTION_TIMEOUT_MS = 2_000;
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Creates a kafkajs client. The client id contains the process id, so that the members of a group can be identified.
 * Messages of kafkajs appear only with --verbose, because the plugin logs errors itself.
 */
export function createClient(
  settings: ClientSettings,
  { retries, unreachable, abandons = () => false }: RetryPolicy,
): kafkajs.Kafka {
  const { bootstrapServers, security, log } = settings;
  const servers = bootstrapServers.split(',').map((server) => server.trim());
  const encryption = security.tls && tlsOptions(security.tls);
  return new kafkajs.Kafka({
    clientId: `serverless-offline-kafka-${process.pid}`,
    brokers: () => reachableFirst(servers, encryption),
    ...(encryption && { ssl: encryption }),
    ...(security.sasl && { sasl: saslOptions(security.sasl) }),
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Each value is set, because kafkajs has other defaults with NODE_ENV=test.
    retry: { initialRetryTime: 200, maxRetryTime: 1_000, factor: 0.2, multiplier: 2, retries },
    socketFactory: createSocketFactory({
      connectionTimeoutMs: CONNECTION_TIMEOUT_MS,
      authenticates: security.sasl !== undefined,
      failed: (broker, error) => unreachable?.(connectionFailure(error, { ...settings, broker })),
      abandons,
    }),
    logLevel: kafkajs.logLevel.WARN,
    logCreator: () => (entry) => {
      const { message, error } = entry.log;
      log.info(`kafkajs ${entry.namespace}: ${message}${error === undefined ? '' : ` (${String(error)})`}`);
    },
  });
}

/** Returns the cause of an error that a client with these settings threw, see connection-failure.ts. */
export function clientFailure(thrown: unknown, settings: ClusterSettings): Error {
  return connectionFailure(thrown, { ...settings, broker: settings.bootstrapServers });
}

function tlsOptions({ ca, certificate, privateKey, passphrase }: TlsSettings): ConnectionOptions {
  return { ca, cert: certificate, key: privateKey, passphrase };
}

/** Returns a copy for each mechanism: the types of kafkajs need the literal, and kafkajs modifies the object. */
function saslOptions({ mechanism, username, password }: SaslSettings): kafkajs.SASLOptions {
  switch (mechanism) {
    case 'plain':
      return { mechanism, username, password };
    case 'scram-sha-256':
      return { mechanism, username, password };
    case 'scram-sha-512':
      return { mechanism, username, password };
  }
}
