import { randomInt } from 'node:crypto';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import tls, { type ConnectionOptions } from 'node:tls';

/** The next server is asked if the previous ones have not answered after this time. */
const STAGGER_MS = 250;

/** ApiVersions, version 0, without a client id: every broker answers it. https://kafka.apache.org/protocol */
const API_VERSIONS = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 0, 0xff, 0xff]);

/** The server that this process asks first: at the start a random one, later the one that answered last. */
let begin = randomInt(1_000);

/**
 * Returns the bootstrap servers, starting with one that answers now: each kafkajs client tries the first one and waits for
 * it, even if it is unavailable. Returns a single server without asking it. Never rejects: if none answers, kafkajs reports
 * the error.
 */
export async function reachableFirst(
  servers: readonly string[],
  encryption: ConnectionOptions | undefined,
): Promise<string[]> {
  const start = begin % servers.length;
  const order = [...servers.slice(start), ...servers.slice(0, start)];
  if (order.length === 1) {
    return order;
  }
  const over = new AbortController();
  const ask = async (server: string, index: number): Promise<string> => {
    await delay(index * STAGGER_MS, undefined, { signal: over.signal });
    await answer(server, encryption, over.signal);
    return server;
  };
  try {
    const first = await Promise.any(order.map(ask));
    begin = servers.indexOf(first);
    return [first, ...order.filter((server) => server !== first)];
  } catch {
    return order;
  } finally {
    over.abort();
  }
}

/** Resolves when the server has answered. A successful connect is not enough: a stopped process accepts connections too. */
async function answer(
  server: string,
  encryption: ConnectionOptions | undefined,
  over: AbortSignal,
): Promise<void> {
  const [host = '', port] = server.split(':');
  const address = { host, port: Number(port) };
  const socket = encryption
    ? tls.connect({ ...address, ...(net.isIP(host) === 0 && { servername: host }), ...encryption })
    : net.connect(address, () => socket.write(API_VERSIONS));
  await new Promise<void>((resolve, reject) => {
    socket.once(encryption ? 'secureConnect' : 'data', () => resolve());
    socket.once('error', reject);
    socket.once('close', () => reject(new Error(`${server} closed the connection`)));
    over.addEventListener('abort', () => socket.destroy(), { once: true });
  }).finally(() => socket.destroy());
}
