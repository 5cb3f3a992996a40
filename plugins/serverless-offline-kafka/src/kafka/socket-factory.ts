import net from 'node:net';
import tls from 'node:tls';
import { ConnectionWatchdog } from './connection-watchdog.ts';
import type { kafkajs } from './kafkajs/mended-kafkajs.ts';
import { detectProtocolMismatch } from './protocol-mismatch.ts';

export interface SocketSettings {
  readonly connectionTimeoutMs: number;
  /** Whether the client brings SASL credentials. */
  readonly authenticates: boolean;
  /** A connection could not be made, or broke. `broker` is host:port. */
  readonly failed: (broker: string, error: Error) => void;
}

const KEEP_ALIVE_DELAY_MS = 60_000;
/** After kafkajs is done with a connection, its last words have this time to get out. */
const LINGER_MS = 1_000;

/**
 * Sockets that notice what kafkajs does not:
 * - A broker that falls silent, see silence-watch.ts.
 * - A broker that expects TLS or SASL where the client brings none, see misunderstanding.ts.
 * - Why a connection failed: kafkajs has no event for it.
 */
export function createSocketFactory(settings: SocketSettings): kafkajs.ISocketFactory {
  const watchdog = new ConnectionWatchdog();
  return ({ host, port, ssl, onConnect }) => {
    const socket = ssl
      ? tls.connect({ host, port, ...(net.isIP(host) === 0 && { servername: host }), ...ssl }, onConnect)
      : net.connect({ host, port }, onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS);
    const broker = `${host}:${port}`;
    const failed = (error: Error): void => settings.failed(broker, error);
    socket.on('error', failed);
    limitConnectTime(socket, ssl ? 'secureConnect' : 'connect', settings.connectionTimeoutMs, failed);
    detectProtocolMismatch(socket, { encrypted: Boolean(ssl), authenticates: settings.authenticates });
    watchdog.watch(socket, broker);
    destroyAfterEnd(socket);
    return socket;
  };
}

/** kafkajs gives up at the same time, and leaves the socket trying. */
function limitConnectTime(
  socket: net.Socket,
  connected: string,
  timeoutMs: number,
  failed: (error: Error) => void,
): void {
  const overdue = setTimeout(() => {
    const error = new Error(`no connection within ${timeoutMs / 1_000} s`);
    failed(Object.assign(error, { syscall: 'connect', code: 'ETIMEDOUT' })); // as in Node's own error
    socket.destroy();
  }, timeoutMs).unref();
  const clear = (): void => clearTimeout(overdue);
  socket.once(connected, clear).once('close', clear);
}

/** kafkajs ends connections politely, which one that is half open does not notice. */
function destroyAfterEnd(socket: net.Socket): void {
  socket.once('finish', () => {
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  });
}
