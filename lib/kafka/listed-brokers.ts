import { randomInt } from 'node:crypto';
import type net from 'node:net';
import { firstToAnswer } from './first-to-answer.ts';
import type { KafkaSecurity } from './security.ts';
import { openSocket, type Sockets } from './sockets.ts';

export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

/** Of host:port. */
export function addressOf(broker: string): BrokerAddress {
  const colon = broker.lastIndexOf(':');
  return { host: broker.slice(0, colon), port: Number(broker.slice(colon + 1)) };
}

/** Processes begin with different brokers of the list, so that their first log-ins are spread over the cluster. */
let first = randomInt(1_000);

/** The listed brokers, beginning with the one that this process tries first. */
export function listedBrokers(brokers: readonly string[]): string[] {
  const index = first % brokers.length;
  return [...brokers.slice(index), ...brokers.slice(0, index)];
}

/** Makes this process begin with the next broker of the list, if this one is the first: it failed or did not answer. */
export function passOver(broker: string, brokers: readonly string[]): void {
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
 * The listed brokers, one that has just answered first: a client of kafkajs fails with the first one. The connection by
 * which it answered goes to `sockets`, so it costs no further one. With a single broker there is nothing to choose.
 * Never rejects: when no broker answers, kafkajs finds out why.
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
      passOver(broker, brokers);
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
 * A socket to a broker that is alive, ready for kafkajs. The kernel accepts connections for a process that is stopped, so
 * the broker must have said something: agreed on TLS, or answered a request. (After TLS a log-in follows, before which
 * brokers take ApiVersions once only.)
 */
async function answeringSocket(
  broker: string,
  { security, connectTimeoutMs }: Bootstrap,
  over: AbortSignal,
): Promise<net.Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = openSocket(addressOf(broker), security, () => {
    if (security === undefined) {
      socket.write(API_VERSIONS);
    } else {
      resolve();
    }
  });
  const giveUp = AbortSignal.any([over, AbortSignal.timeout(connectTimeoutMs)]);
  const destroy = (): void => void socket.destroy(new Error(`${broker} did not answer.`));
  giveUp.addEventListener('abort', destroy);
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
    giveUp.removeEventListener('abort', destroy);
  }
}
