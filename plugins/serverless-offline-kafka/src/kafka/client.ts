import kafkajs from 'kafkajs';
import type { Log } from '../serverless.ts';

export interface ClientSettings {
  /** host:port of some brokers, joined with commas. */
  readonly bootstrapServers: string;
  readonly log: Log;
}

export interface Patience {
  /** How often an unreachable broker is tried again, soon once a second. */
  readonly retries: number;
  /** Told about each attempt that fails. */
  readonly unreachable?: (reason: string) => void;
}

const CONNECTION_TIMEOUT_MS = 2_000;
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * A kafkajs client. Its id names this process, so that one can see in a group whose members are alive.
 * What kafkajs logs is shown with --verbose only: whatever matters reaches the log as our own line.
 */
export function createClient(
  { bootstrapServers, log }: ClientSettings,
  { retries, unreachable }: Patience,
): kafkajs.Kafka {
  return new kafkajs.Kafka({
    clientId: `serverless-offline-kafka-${process.pid}`,
    brokers: bootstrapServers.split(',').map((server) => server.trim()),
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // all of it explicit, because kafkajs takes other defaults under NODE_ENV=test
    retry: { initialRetryTime: 200, maxRetryTime: 1_000, factor: 0.2, multiplier: 2, retries },
    logLevel: kafkajs.logLevel.WARN,
    logCreator: () => (entry) => {
      const { message, error } = entry.log;
      log.info(`kafkajs ${entry.namespace}: ${message}${error === undefined ? '' : ` (${String(error)})`}`);
      if (entry.namespace === 'Connection' && message.startsWith('Connection ')) {
        unreachable?.(message); // kafkajs has no event for it
      }
    },
  });
}

/** The error at the bottom of a kafkajs error, which wraps it once per retry. */
export function rootCause(thrown: unknown): Error {
  if (thrown instanceof Error) {
    return thrown.cause === undefined ? thrown : rootCause(thrown.cause);
  }
  return new Error(String(thrown));
}
