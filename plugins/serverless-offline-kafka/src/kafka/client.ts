import type { ConnectionOptions } from 'node:tls';
import type { Log } from '../serverless.ts';
import type { ClusterSettings, SaslSettings, TlsSettings } from './cluster-settings.ts';
import { connectionFailure } from './connection-failure.ts';
import { kafkajs } from './kafkajs/mended-kafkajs.ts';
import { reachableFirst } from './reachable-first.ts';
import { createSocketFactory } from './socket-factory.ts';

export interface ClientSettings extends ClusterSettings {
  readonly log: Log;
}

export interface RetryPolicy {
  /** How often an unreachable broker is tried again, soon once a second. */
  readonly retries: number;
  /** Told about each connection that fails. */
  readonly unreachable?: (reason: Error) => void;
}

const CONNECTION_TIMEOUT_MS = 2_000;
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * A kafkajs client. Its id names this process, so that one can see in a group whose members are alive.
 * What kafkajs logs is shown with --verbose only: whatever matters reaches the log as our own line.
 */
export function createClient(settings: ClientSettings, { retries, unreachable }: RetryPolicy): kafkajs.Kafka {
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
    // all of it explicit, because kafkajs takes other defaults under NODE_ENV=test
    retry: { initialRetryTime: 200, maxRetryTime: 1_000, factor: 0.2, multiplier: 2, retries },
    socketFactory: createSocketFactory({
      connectionTimeoutMs: CONNECTION_TIMEOUT_MS,
      authenticates: security.sasl !== undefined,
      failed: (broker, error) => unreachable?.(connectionFailure(error, { ...settings, broker })),
    }),
    logLevel: kafkajs.logLevel.WARN,
    logCreator: () => (entry) => {
      const { message, error } = entry.log;
      log.info(`kafkajs ${entry.namespace}: ${message}${error === undefined ? '' : ` (${String(error)})`}`);
    },
  });
}

/** The reason behind whatever a client of these settings has thrown, see connection-failure.ts. */
export function clientFailure(thrown: unknown, settings: ClusterSettings): Error {
  return connectionFailure(thrown, { ...settings, broker: settings.bootstrapServers });
}

function tlsOptions({ ca, certificate, privateKey, passphrase }: TlsSettings): ConnectionOptions {
  return { ca, cert: certificate, key: privateKey, passphrase };
}

/** By mechanism, because that is how kafkajs types it; a copy, because it writes into it. */
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
