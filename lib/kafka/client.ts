import net from 'node:net';
import tls from 'node:tls';
import { OrderlyError } from '../errors.ts';
import { isLoginOutOfTurn, rootOf } from './kafka-errors.ts';
import { kafkajs } from './kafkajs/mended-kafkajs.ts';
import { type KafkaSecurity, type LoginState, oauthBearer } from './security.ts';

export interface KafkaClientOptions {
  /** host:port of some brokers; the others are found through them. */
  readonly brokers: readonly string[];
  /** Names this program in the brokers' logs and metrics. */
  readonly clientId: string;
  /** How long one request may wait for its answer. */
  readonly requestTimeoutMs: number;
  /** Default: plaintext. */
  readonly security?: KafkaSecurity | undefined;
}

export interface KafkaClient {
  readonly kafka: kafkajs.Kafka;
  /** Ends every connection for good and at once: what is in flight fails, no new one is made. Idempotent. */
  destroy(): void;
  /**
   * What is behind the failure of a request: why the brokers do not let this client in, if they do not; else the error
   * itself. When the session has come to its end with its token, that is not given again.
   */
  reasonOf(error: unknown): unknown;
}

const CONNECT_TIMEOUT_MS = 2_000;
const KEEP_ALIVE_DELAY_MS = 60_000;

/**
 * A kafkajs client whose sockets are ours. kafkajs can only disconnect politely, which waits for the answers
 * of a broker that may be frozen; a Lambda must not leave a request pending when it returns.
 *
 * Retries are the caller's: kafkajs' own defaults change with NODE_ENV and can last longer than a deadline.
 */
export function createKafkaClient(options: KafkaClientOptions): KafkaClient {
  const { security } = options;
  const sockets = new Set<net.Socket>();
  const end = new AbortController();
  const login: LoginState = { refusal: undefined, token: undefined, ended: end.signal };

  const kafka = new kafkajs.Kafka({
    brokers: [...options.brokers],
    clientId: options.clientId,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: options.requestTimeoutMs,
    retry: { retries: 0 },
    logLevel: kafkajs.logLevel.NOTHING,
    ...(security?.bearer && { sasl: oauthBearer(security.bearer, login) }),
    socketFactory: ({ host, port, onConnect }) => {
      const socket = connect({ host, port }, security, onConnect);
      socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS);
      if (end.signal.aborted) {
        drop(socket); // kafkajs connects again by itself when it loses a connection
      }
      sockets.add(socket);
      socket.on('error', ignore); // kafkajs has its own listener, but takes it away when it disconnects
      socket.once('close', () => sockets.delete(socket));
      return socket;
    },
  });

  return {
    kafka,
    reasonOf: (error) => {
      if (isLoginOutOfTurn(error) && login.token !== undefined) {
        security?.bearer?.refused(login.token);
      }
      const root = rootOf(error);
      return root instanceof OrderlyError ? root : (login.refusal ?? error);
    },
    destroy: () => {
      end.abort();
      for (const socket of sockets) {
        drop(socket);
      }
    },
  };
}

function connect(
  address: { readonly host: string; readonly port: number },
  security: KafkaSecurity | undefined,
  onConnect: () => void,
): net.Socket {
  if (security === undefined) {
    return net.connect({ ...address, noDelay: true }, onConnect);
  }
  const name = net.isIP(address.host) === 0 ? { servername: address.host } : {}; // SNI knows no addresses
  const settings = security.tls === true ? {} : security.tls;
  return tls.connect({ ...address, ...name, ...settings }, onConnect).setNoDelay(true);
}

/** With an error: kafkajs rejects its pending requests on 'error' and does not hear a bare 'close'. */
function drop(socket: net.Socket): void {
  socket.destroy(new Error('The connection was dropped.'));
}

const ignore = (): void => undefined;
