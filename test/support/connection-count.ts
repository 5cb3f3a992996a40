import diagnostics from 'node:diagnostics_channel';
import net from 'node:net';

export interface ConnectionCount extends Disposable {
  /** Number of connections to host:port that this process has started, including failed ones. */
  to(address: string): number;
  /** Resets all counts to 0. */
  reset(): void;
}

/** Counts the connections that Node.js reports for this process. */
export function countConnections(): ConnectionCount {
  const begun = new Map<string, number>();
  const count = (message: unknown): void => {
    if (
      typeof message === 'object' &&
      message !== null &&
      'socket' in message &&
      message.socket instanceof net.Socket
    ) {
      message.socket.once('connectionAttempt', (host: string, port: number) => {
        begun.set(`${host}:${port}`, (begun.get(`${host}:${port}`) ?? 0) + 1);
      });
    }
  };
  diagnostics.subscribe('net.client.socket', count);
  return {
    to: (address) => begun.get(address) ?? 0,
    reset: () => begun.clear(),
    [Symbol.dispose]: () => void diagnostics.unsubscribe('net.client.socket', count),
  };
}
