import net from 'node:net';
import tls from 'node:tls';
import { OrderlyError } from '../errors/orderly-error.ts';
import { isIllegalSaslState, rootCause } from './kafka-errors.ts';
import type { kafkajs } from './kafkajs/patched-kafkajs.ts';
import { type KafkaSecurity, type LoginState, oauthBearer } from './security.ts';

/** The sockets and the login of one kafkajs client or connection. */
export interface Sockets {
  /** Options for kafkajs. */
  readonly settings: { readonly socketFactory: kafkajs.ISocketFactory; readonly sasl?: kafkajs.Mechanism };
  /** Keeps an open socket, which kafkajs gets when it next connects to this address. */
  keep(address: string, socket: net.Socket): void;
  /** Aborts with `destroy`. */
  readonly ended: AbortSignal;
  /** Closes every connection at once and allows no new one. Requests in flight fail. Idempotent. */
  destroy(): void;
  /**
   * Returns the cause of a failed request: the authentication error if there was one, else the error itself. If the
   * session has expired with its token, the token is not used again.
   */
  reasonOf(error: unknown): unknown;
}

const KEEP_ALIVE_DELAY_MS = 60_000;

/**
 * Creates our own sockets for kafkajs. kafkajs' disconnect waits for the answers of a broker that may be frozen, and a
 * Lambda must not leave a request pending when it returns.
 */
export function createSockets(security: KafkaSecurity | undefined): Sockets {
  const sockets = new Set<net.Socket>();
  const kept = new Map<string, net.Socket>();
  const end = new AbortController();
  const login: LoginState = { error: undefined, token: undefined, ended: end.signal };

  const own = (socket: net.Socket): net.Socket => {
    socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS);
    if (end.signal.aborted) {
      drop(socket); // kafkajs connects again by itself when it loses a connection
    }
    sockets.add(socket);
    socket.on('error', ignore); // kafkajs has its own listener, but removes it when it disconnects
    socket.once('close', () => sockets.delete(socket));
    return socket;
  };
  const socketFactory: kafkajs.ISocketFactory = ({ host, port, onConnect }) => {
    const open = kept.get(`${host}:${port}`);
    kept.delete(`${host}:${port}`);
    if (open === undefined || open.destroyed) {
      return own(openSocket({ host, port }, security, onConnect));
    }
    setImmediate(onConnect);
    return open;
  };

  return {
    settings: { socketFactory, ...(security?.bearer && { sasl: oauthBearer(security.bearer, login) }) },
    ended: end.signal,
    keep: (address, socket) => {
      kept.set(address, own(socket));
    },
    reasonOf: (error) => {
      if (isIllegalSaslState(error) && login.token !== undefined) {
        security?.bearer?.rejected(login.token);
      }
      const cause = rootCause(error);
      return cause instanceof OrderlyError ? cause : (login.error ?? error);
    },
    destroy: () => {
      end.abort();
      for (const socket of sockets) {
        drop(socket);
      }
    },
  };
}

/** Calls back when the socket is writable, with TLS after the handshake. */
export function openSocket(
  address: { readonly host: string; readonly port: number },
  security: KafkaSecurity | undefined,
  onConnect: () => void,
): net.Socket {
  if (security === undefined) {
    return net.connect({ ...address, noDelay: true }, onConnect);
  }
  const name = net.isIP(address.host) === 0 ? { servername: address.host } : {}; // SNI does not allow IP addresses
  const settings = security.tls === true ? {} : security.tls;
  return tls.connect({ ...address, ...name, ...settings }, onConnect).setNoDelay(true);
}

/** Destroys a socket with an error: kafkajs rejects its pending requests on 'error', but not on 'close' alone. */
function drop(socket: net.Socket): void {
  socket.destroy(new Error('The connection was dropped.'));
}

const ignore = (): void => undefined;
