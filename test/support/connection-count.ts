import diagnostics from 'node:diagnostics_channel';
import net from 'node:net';

export interface ConnectionCount extends Disposable {
  /** Number of connections to host:port that this process has started, including failed ones. */
  to(address: string): number;
  /** The closed connections to host:port: the time in ms from the last received bytes to the close. */
  silencesBeforeClose(address: string): readonly number[];
  /** Forgets all connections so far. */
  reset(): void;
}

/**
 * A broker that has not answered for this time may be frozen: the producer asks another one for the leaders, and then
 * replaces the connection. On a slow machine, this can happen to any broker.
 */
export const LATEST_ANSWER_MS = 500;

/** Counts the connections that Node.js reports for this process. */
export function countConnections(): ConnectionCount {
  const begun = new Map<string, number>();
  const silences = new Map<string, number[]>();
  const count = (message: unknown): void => {
    if (
      typeof message === 'object' &&
      message !== null &&
      'socket' in message &&
      message.socket instanceof net.Socket
    ) {
      const { socket } = message;
      socket.once('connectionAttempt', (host: string, port: number) => {
        const address = `${host}:${port}`;
        begun.set(address, (begun.get(address) ?? 0) + 1);
        recordSilence(address, socket);
      });
    }
  };
  const recordSilence = (address: string, socket: net.Socket): void => {
    let receivedAt = Number.NEGATIVE_INFINITY; // a connection that never answered was silent for ever
    socket.on('data', () => {
      receivedAt = performance.now();
    });
    socket.once('close', () => {
      silences.set(address, [...(silences.get(address) ?? []), performance.now() - receivedAt]);
    });
  };
  diagnostics.subscribe('net.client.socket', count);
  return {
    to: (address) => begun.get(address) ?? 0,
    silencesBeforeClose: (address) => silences.get(address) ?? [],
    reset: () => {
      begun.clear();
      silences.clear();
    },
    [Symbol.dispose]: () => void diagnostics.unsubscribe('net.client.socket', count),
  };
}
