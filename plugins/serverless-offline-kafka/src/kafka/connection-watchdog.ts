import type net from 'node:net';
import { apiKeyOf, onRequest } from './request-bytes.ts';

/** More than the request timeout of kafkajs, 10 s. */
const RESPONSE_TIMEOUT_MS = 15_000;
/** A broker responds to a join when all members have joined: up to a minute. kafkajs waits 5 s longer. */
const JOIN_RESPONSE_TIMEOUT_MS = 70_000;
const JOIN_GROUP = 11;

/** A connection and the time of its last response. */
interface MonitoredConnection {
  readonly socket: net.Socket;
  lastResponseMs: number;
}

/**
 * Destroys the connections to an unresponsive broker, so that kafkajs reconnects. The request timeout of kafkajs ends the
 * request but not the connection. It would use a half-open connection for ever, for example after a laptop's sleep or after
 * a firewall has dropped the connection.
 */
export class ConnectionWatchdog {
  readonly #connections = new Map<string, Set<MonitoredConnection>>();
  /** The time of each broker's last response. */
  readonly #lastResponsesMs = new Map<string, number>();
  readonly #abandoned = new Set<string>();
  readonly #abandons: () => boolean;

  /**
   * `abandons` is called when a broker is unresponsive and another one has responded meanwhile. After it has returned true,
   * connections to the unresponsive broker fail at once.
   */
  constructor(abandons: () => boolean) {
    this.#abandons = abandons;
  }

  watch(socket: net.Socket, broker: string): void {
    if (this.#abandoned.has(broker)) {
      socket.destroy(noResponse(RESPONSE_TIMEOUT_MS));
      return;
    }
    const connections = this.#connections.get(broker) ?? new Set();
    const connection: MonitoredConnection = { socket, lastResponseMs: performance.now() };
    this.#connections.set(broker, connections.add(connection));
    let overdue: NodeJS.Timeout | undefined;
    const wait = (ms: number): void => {
      clearTimeout(overdue);
      const requestMs = performance.now();
      overdue = setTimeout(() => {
        closeUnresponsive(connections, requestMs, ms);
        if (this.#anotherRespondedAfter(requestMs, broker) && this.#abandons()) {
          this.#abandoned.add(broker);
        }
      }, ms).unref();
    };

    onRequest(socket, (request) => {
      if (apiKeyOf(request) === JOIN_GROUP) {
        wait(JOIN_RESPONSE_TIMEOUT_MS);
      } else if (overdue === undefined) {
        wait(RESPONSE_TIMEOUT_MS);
      }
    });
    // Counts as a response to all requests: brokers respond in order, and kafkajs sends further requests.
    socket.on('data', () => {
      connection.lastResponseMs = performance.now();
      this.#lastResponsesMs.set(broker, connection.lastResponseMs);
      clearTimeout(overdue);
      overdue = undefined;
    });
    socket.once('close', () => {
      clearTimeout(overdue);
      connections.delete(connection);
    });
  }

  #anotherRespondedAfter(requestMs: number, unresponsive: string): boolean {
    return [...this.#lastResponsesMs].some(
      ([broker, lastResponseMs]) => broker !== unresponsive && lastResponseMs > requestMs,
    );
  }
}

/**
 * Destroys all connections to the broker without a response since the request. kafkajs would otherwise use one after the
 * other and wait for each.
 */
function closeUnresponsive(
  connections: ReadonlySet<MonitoredConnection>,
  requestMs: number,
  timeoutMs: number,
): void {
  for (const { socket, lastResponseMs } of connections) {
    if (lastResponseMs <= requestMs) {
      socket.destroy(noResponse(timeoutMs));
    }
  }
}

const noResponse = (timeoutMs: number): Error => new Error(`no response within ${timeoutMs / 1_000} s`);
