import { kafkajs } from './kafkajs/patched-kafkajs.ts';
import { answeringFirst } from './listed-brokers.ts';
import type { KafkaSecurity } from './security.ts';
import { createSockets, type Sockets } from './sockets.ts';

export interface KafkaClientOptions {
  /** host:port of some brokers; the others are found through them. */
  readonly brokers: readonly string[];
  /** Names this program in the brokers' logs and metrics. */
  readonly clientId: string;
  /** The timeout of one request. */
  readonly requestTimeoutMs: number;
  /** Default: plaintext. */
  readonly security?: KafkaSecurity | undefined;
}

export interface KafkaClient extends Pick<Sockets, 'destroy' | 'reasonOf'> {
  readonly kafka: kafkajs.Kafka;
}

export const CONNECT_TIMEOUT_MS = 2_000;

/**
 * Returns a kafkajs client that starts with a listed broker that answers. It uses our own sockets.
 *
 * The caller retries: kafkajs' defaults depend on NODE_ENV and can last longer than a deadline.
 */
export function createKafkaClient(options: KafkaClientOptions): KafkaClient {
  const sockets = createSockets(options.security);
  const bootstrap = { ...options, connectTimeoutMs: CONNECT_TIMEOUT_MS };
  const kafka = new kafkajs.Kafka({
    brokers: () => answeringFirst(bootstrap, sockets),
    clientId: options.clientId,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: options.requestTimeoutMs,
    retry: { retries: 0 },
    logLevel: kafkajs.logLevel.NOTHING,
    ...sockets.settings,
  });
  return { kafka, reasonOf: sockets.reasonOf, destroy: sockets.destroy };
}
