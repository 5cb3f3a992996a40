import net, { type AddressInfo } from 'node:net';
import { LOCAL_HOST } from '../../local/process/ports.ts';

export interface SilentServers extends AsyncDisposable {
  /** host:port of each. */
  readonly addresses: string[];
}

/** Starts two servers that accept connections and never answer, as frozen brokers do. */
export async function startSilentServers(): Promise<SilentServers> {
  const sockets = new Set<net.Socket>();
  const servers = [0, 1].map(() =>
    net.createServer((socket) => sockets.add(socket.on('error', () => undefined))),
  );
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, LOCAL_HOST, resolve));
  }
  return {
    addresses: servers.map((server) => `${LOCAL_HOST}:${(server.address() as AddressInfo).port}`),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) {
        socket.destroy();
      }
      for (const server of servers) {
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}
