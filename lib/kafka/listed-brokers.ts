import { randomInt } from 'node:crypto';
import type net from 'node:net';
import { firstToAnswer } from './first-to-answer.ts';
import type { KafkaSecurity } from './security.ts';
import { openSocket, type Sockets } from './sockets.ts';

export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

/** Addresses as host:port. */
export function addressOf(broker: string): BrokerAddress {
  const colon = broker.lastIndexOf(':');
  return { host: broker.slice(0, colon), port: Number(broker.slice(colon + 1)) };
}

/** Processes start with different brokers of the list, so that their first logins are spread over the cluster. */
let first = randomInt(1_000);

/** Returns the listed brokers, starting with the one that this process tries first. */
export function listedBrokers(brokers: readonly string[]): string[] {
  const index = first % brokers.length;
  return [...brokers.slice(index), ...brokers.slice(0, index)];
}

/** Makes this process start with the next broker of the list if it starts with this one, which failed or did not answer. */
export function skipBroker(broker: string, brokers: readonly string[]): void {
  if (brokers[first % brokers.length] === broker) {
    first += 1;
  }
}

export interface Bootstrap {
  readonly brokers: readonly string[];
  readonly security?: KafkaSecurity | undefined;
  readonly connectTimeoutMs: number;
}

/**
 * Returns the listed brokers, starting with one that has just answered, because a kafkajs client fails if the first one
 * does. Passes the open connection to `sockets`, which reuse it. Returns a single broker without asking it. Never rejects:
 * if no broker answers, kafkajs reports the error.
 */
export async function answeringFirst(bootstrap: Bootstrap, sockets: Sockets): Promise<string[]> {
  const { brokers } = bootstrap;
  if (brokers.length === 1) {
    return [...brokers];
  }
  const connect = async (broker: string, over: AbortSignal): Promise<string> => {
    try {
      sockets.keep(broker, await answeringSocket(broker, bootstrap, AbortSignal.any([over, sockets.ended])));
      return broker;
    } catch (error) {
      skipBroker(broker, brokers);
      throw error;
    }
  };
  const answering = await firstToAnswer(listedBrokers(brokers), connect).catch(() => undefined);
  const others = listedBrokers(brokers).filter((broker) => broker !== answering);
  return answering === undefined ? others : [answering, ...others];
}

/** ApiVersions, version 0, without a client id: every broker answers it. https://kafka.apache.org/protocol */
const API_VERSIONS = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 0, 0xff, 0xff]);

/**
 * Opens a socket to a broker that answers. The kernel accepts connections for a stopped process, so the broker must
 * complete the TLS handshake or answer a request. (With TLS it sends no request: kafkajs authenticates next, and before
 * that a broker accepts ApiVersions only once.)
 */
async function answeringSocket(
  broker: string,
  { security, connectTimeoutMs }: Bootstrap,
  over: AbortSignal,
): Promise<net.Socket> {
  over.throwIfAborted(); // kafkajs asks for brokers again when its client is destroyed
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = openSocket(addressOf(broker), security, () => {
    if (security === undefined) {
      socket.write(API_VERSIONS);
    } else {
      resolve();
    }
  });
  const abortOther = AbortSignal.any([over, AbortSignal.timeout(connectTimeoutMs)]);
  const destroy = (): void => void socket.destroy(new Error(`${broker} did not answer.`));
  abortOther.addEventListener('abort', destroy);
  let answer = Buffer.alloc(0);
  const read = (chunk: Buffer): void => {
    answer = Buffer.concat([answer, chunk]);
    if (answer.length >= 4 && answer.length >= 4 + answer.readInt32BE()) {
      resolve();
    }
  };
  socket.on('data', read);
  socket.once('error', reject);
  socket.once('close', () => reject(new Error(`${broker} closed the connection.`)));
  try {
    await promise;
    return socket;
  } finally {
    socket.off('data', read);
    abortOther.removeEventListener('abort', destroy);
  }
}
