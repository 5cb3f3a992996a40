import net from 'node:net';
import tls from 'node:tls';
import { OrderlyError } from '../errors.ts';
import { isLoginOutOfTurn, rootOf } from './kafka-errors.ts';
import type { kafkajs } from './kafkajs/mended-kafkajs.ts';
import { type KafkaSecurity, type LoginState, oauthBearer } from './security.ts';

/** The sockets of one kafkajs client or connection, and its log-in. */
export interface Sockets {
  /** What kafkajs is to be given. */
  readonly settings: { readonly socketFactory: kafkajs.ISocketFactory; readonly sasl?: kafkajs.Mechanism };
  /** Hands over an open socket: kafkajs gets it when it connects to this address next. */
  keep(address: string, socket: net.Socket): void;
  /** Aborts with `destroy`. */
  readonly ended: AbortSignal;
  /** Ends every connection for good and at once: what is in flight fails, no new one is made. Idempotent. */
  destroy(): void;
  /**
   * What is behind the failure of a request: why the brokers do not let this client in, if they do not; else the error
   * itself. When the session has come to its end with its token, that is not given again.
   */
  reasonOf(error: unknown): unknown;
}

const KEEP_ALIVE_DELAY_MS = 60_000;

/**
 * Sockets of our own for kafkajs, which can only disconnect politely: that waits for the answers of a broker that may be
 * frozen, and a Lambda must not leave a request pending when it returns.
 */
export function createSockets(security: KafkaSecurity | undefined): Sockets {
  const sockets = new Set<net.Socket>();
  const kept = new Map<string, net.Socket>();
  const end = new AbortController();
  const login: LoginState = { refusal: undefined, token: undefined, ended: end.signal };

  const own = (socket: net.Socket): net.Socket => {
    socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS);
    if (end.signal.aborted) {
      drop(socket); // kafkajs connects again by itself when it loses a connection
    }
    sockets.add(socket);
    socket.on('error', ignore); // kafkajs has its own listener, but takes it away when it disconnects
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

/** Calls back when it can be written to, with TLS when that is agreed. */
export function openSocket(
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
