import { randomInt } from 'node:crypto';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import tls, { type ConnectionOptions } from 'node:tls';

/** The next server is asked when the ones before have not answered after this time. */
const STAGGER_MS = 250;

/** ApiVersions, version 0, without a client id: every broker answers it. https://kafka.apache.org/protocol */
const API_VERSIONS = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 0, 0xff, 0xff]);

/** With which server this process begins: another one in each process, then the one that answered last. */
let begin = randomInt(1_000);

/**
 * The bootstrap servers, one that answers now first: kafkajs begins each client with the first and waits for it, also
 * when it is down. With a single server there is nothing to choose. Never rejects: when none answers, kafkajs says why.
 */
export async function answeringFirst(
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

/** Resolves when the server has said something: a process that is stopped accepts connections, too. */
async function answer(
  server: string,
  encryption: ConnectionOptions | undefined,
  over: AbortSignal,
): Promise<void> {
  const [host = '', port] = server.split(':');
  const address = { host, port: Number(port) };
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = encryption
    ? tls.connect({ ...address, ...(net.isIP(host) === 0 && { servername: host }), ...encryption }, resolve)
    : net.connect(address, () => socket.write(API_VERSIONS));
  socket.once('data', () => resolve());
  socket.once('error', reject);
  socket.once('close', () => reject(new Error(`${server} closed the connection`)));
  over.addEventListener('abort', () => socket.destroy(), { once: true });
  try {
    await promise;
  } finally {
    socket.destroy();
  }
}
