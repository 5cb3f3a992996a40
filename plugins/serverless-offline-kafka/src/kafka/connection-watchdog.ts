import type net from 'node:net';
import { apiKeyOf, onRequest } from './request-bytes.ts';

/** More than a request takes, whatever it asks: kafkajs gives up its own after 10 s, and a fetch waits for less. */
const RESPONSE_TIMEOUT_MS = 15_000;
/** A broker holds the answer back until all members have joined: a minute in kafkajs, which waits 5 s more. */
const JOIN_RESPONSE_TIMEOUT_MS = 70_000;
const JOIN_GROUP = 11;

/** A connection, and when something was heard on it. */
interface MonitoredConnection {
  readonly socket: net.Socket;
  lastResponseMs: number;
}

/**
 * Ends the connections to a broker that has not answered for long. kafkajs' request timeout ends the request but
 * not the connection, so that one which is half open (a laptop that slept, a container that was paused, a
 * firewall that forgot it) would be asked for ever. Each ends with an error, and kafkajs connects again.
 */
export class ConnectionWatchdog {
  readonly #connections = new Map<string, Set<MonitoredConnection>>();

  watch(socket: net.Socket, broker: string): void {
    const connections = this.#connections.get(broker) ?? new Set();
    const connection: MonitoredConnection = { socket, lastResponseMs: performance.now() };
    this.#connections.set(broker, connections.add(connection));
    let overdue: NodeJS.Timeout | undefined;
    const wait = (ms: number): void => {
      clearTimeout(overdue);
      const requestMs = performance.now();
      overdue = setTimeout(() => closeUnresponsive(connections, requestMs, ms), ms).unref();
    };

    onRequest(socket, (request) => {
      if (apiKeyOf(request) === JOIN_GROUP) {
        wait(JOIN_RESPONSE_TIMEOUT_MS);
      } else if (overdue === undefined) {
        wait(RESPONSE_TIMEOUT_MS);
      }
    });
    // taken for an answer to all that was asked: brokers answer in order, and kafkajs goes on asking
    socket.on('data', () => {
      connection.lastResponseMs = performance.now();
      clearTimeout(overdue);
      overdue = undefined;
    });
    socket.once('close', () => {
      clearTimeout(overdue);
      connections.delete(connection);
    });
  }
}

/**
 * The others to the same broker on which nothing was heard either go with it: kafkajs would ask them one after
 * the other, and wait for each.
 */
function closeUnresponsive(
  connections: ReadonlySet<MonitoredConnection>,
  requestMs: number,
  timeoutMs: number,
): void {
  for (const { socket, lastResponseMs } of connections) {
    if (lastResponseMs <= requestMs) {
      socket.destroy(new Error(`no answer within ${timeoutMs / 1_000} s`));
    }
  }
}
