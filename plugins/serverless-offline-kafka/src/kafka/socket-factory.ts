import net from 'node:net';
import tls from 'node:tls';
import { ConnectionWatchdog } from './connection-watchdog.ts';
import type { kafkajs } from './kafkajs/patched-kafkajs.ts';
import { detectProtocolMismatch } from './protocol-mismatch.ts';

export interface SocketSettings {
  readonly connectionTimeoutMs: number;
  /** True if the client uses SASL. */
  readonly authenticates: boolean;
  /** Called when a connection fails. `broker` is host:port. */
  readonly failed: (broker: string, error: Error) => void;
  /** See ConnectionWatchdog. */
  readonly abandons: () => boolean;
}

const KEEP_ALIVE_DELAY_MS = 60_000;
/** The time for the last bytes of a connection that kafkajs has ended. */
const LINGER_MS = 1_000;

/**
 * Creates sockets that detect conditions that kafkajs does not detect:
 * - An unresponsive broker, see connection-watchdog.ts.
 * - A broker that requires TLS or SASL, see protocol-mismatch.ts.
 * - The reason of a failed connection: kafkajs has no event for it.
 */
export function createSocketFactory(settings: SocketSettings): kafkajs.ISocketFactory {
  const watchdog = new ConnectionWatchdog(settings.abandons);
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

/** Destroys a socket at the connection timeout. kafkajs reports the timeout but does not destroy the socket. */
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

/** Destroys a socket after kafkajs has ended it. A half-open connection would never close. */
function destroyAfterEnd(socket: net.Socket): void {
  socket.once('finish', () => {
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  });
}
