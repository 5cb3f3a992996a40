import { randomInt } from 'node:crypto';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import tls, { type ConnectionOptions } from 'node:tls';

/** After this time without a response from the previous servers, the next server is tried. */
const STAGGER_MS = 250;

/** The kernel accepts connections for a frozen server, which never responds. As long as the connection timeout of a client. */
const PROBE_TIMEOUT_MS = 2_000;

/** ApiVersions, version 0, without a client id: every broker supports it. https://kafka.apache.org/protocol */
const API_VERSIONS = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 0, 0xff, 0xff]);

/** The index of the server to try first: random at the start, later the server that responded last. */
let firstIndex = randomInt(1_000);

/**
 * Returns the bootstrap servers, with one that responds now in first position, because a kafkajs client waits for its first
 * server even if it is unavailable. Does not check a single server. Never rejects: if no server responds, kafkajs reports
 * the error.
 */
export async function reachableFirst(
  servers: readonly string[],
  encryption: ConnectionOptions | undefined,
): Promise<string[]> {
  const start = firstIndex % servers.length;
  const order = [...servers.slice(start), ...servers.slice(0, start)];
  if (order.length === 1) {
    return order;
  }
  const done = new AbortController();
  const probeLater = async (server: string, index: number): Promise<string> => {
    await delay(index * STAGGER_MS, undefined, { signal: done.signal });
    await probe(server, encryption, done.signal);
    return server;
  };
  try {
    const first = await Promise.any(order.map(probeLater));
    firstIndex = servers.indexOf(first);
    return [first, ...order.filter((server) => server !== first)];
  } catch {
    return order;
  } finally {
    done.abort();
  }
}

/** Resolves when the server has responded. A connection is not enough: the kernel accepts it for a stopped process too. */
async function probe(
  server: string,
  encryption: ConnectionOptions | undefined,
  done: AbortSignal,
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
    socket.setTimeout(PROBE_TIMEOUT_MS, () => reject(new Error(`${server} did not respond`)));
    done.addEventListener('abort', () => socket.destroy(), { once: true });
  }).finally(() => socket.destroy());
}
