import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import dgram from 'node:dgram';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import net from 'node:net';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import { findProcess } from './process-table.ts';

/** The only address that local servers listen on. */
export const LOCAL_HOST = '127.0.0.1';

/** Below the ephemeral range: an outgoing connection cannot take a port of this range before the server listens on it. */
const FREE_PORTS = { from: 20_000, to: 32_000 };

/** Each claim is an open file. Beyond this number the oldest claim is released. */
const MAX_CLAIMS = 256;

const claims: dgram.Socket[] = [];

/**
 * Returns a port without a listener. No other caller on this machine gets it while this process runs, because the server
 * for it may need seconds to listen.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = randomInt(FREE_PORTS.from, FREE_PORTS.to);
    const claim = await claimPort(port);
    if (claim && (await listenOnce(port)) !== undefined) {
      claims.push(claim);
      if (claims.length > MAX_CLAIMS) {
        claims.shift()?.close();
      }
      return port;
    }
    claim?.close();
  }
  throw new OrderlyError('local_stack', 'There is no free port on 127.0.0.1: stop some programs.');
}

/**
 * @throws OrderlyError that names the port, its listener (if known) and the variable to change.
 */
export async function assertPortFree(port: number, purpose: string, variable: string): Promise<void> {
  if ((await listenOnce(port)) !== undefined) {
    return;
  }
  const pid = findListener(port);
  const command = pid === undefined ? undefined : findProcess(pid)?.command;
  const owner = command === undefined ? '' : ` by pid ${pid} (${command.slice(0, 60)})`;
  throw new OrderlyError(
    'local_stack',
    `Port ${port} for ${purpose} is in use${owner}: end that program, or set ${variable} to another port.`,
  );
}

/** Returns the pid of the listener on a TCP port; undefined if unknown, such as for a process of another user. */
export function findListener(port: number): number | undefined {
  if (process.platform === 'linux') {
    return findListenerInProc(port);
  }
  const { stdout } = spawnSync('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-t'], { encoding: 'utf8' });
  const pid = Number.parseInt(stdout ?? '', 10);
  return Number.isNaN(pid) ? undefined : pid;
}

/** Claims a port by a UDP socket: it blocks no TCP server, and the system closes it with this process. */
function claimPort(port: number): Promise<dgram.Socket | undefined> {
  const claim = dgram.createSocket('udp4');
  return new Promise((resolve) => {
    claim.once('error', () => {
      claim.close();
      resolve(undefined);
    });
    claim.bind({ address: LOCAL_HOST, port, exclusive: true }, () => resolve(claim.unref()));
  });
}

function listenOnce(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ host: LOCAL_HOST, port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
}

/** Finds the inodes of the listening sockets in /proc/net/tcp[6], then the process that has one of them open. */
function findListenerInProc(port: number): number | undefined {
  const links = new Set(
    ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) =>
      attempt(() => listeningInodes(readFileSync(table, 'utf8'), port)).map((inode) => `socket:[${inode}]`),
    ),
  );
  return attempt(() => readdirSync('/proc'))
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .find((pid) =>
      attempt(() => readdirSync(`/proc/${pid}/fd`)).some((fd) =>
        attempt(() => [readlinkSync(`/proc/${pid}/fd/${fd}`)]).some((link) => links.has(link)),
      ),
    );
}

const LISTEN_STATE = '0A';

/** Returns the inodes of sockets that listen on a port, from the text of /proc/net/tcp (proc_net(5)). */
export function listeningInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === LISTEN_STATE && local?.endsWith(suffix))
    .flatMap(([, , , , , , , , , inode]) => inode ?? []);
}

/** Returns an empty list if reading fails: processes end, and those of other users cannot be read. */
function attempt<Item>(read: () => Item[]): Item[] {
  try {
    return read();
  } catch {
    return [];
  }
}
