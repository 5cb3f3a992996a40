import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import dgram from 'node:dgram';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import net from 'node:net';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import { findProcess } from './process-table.ts';

/** Everything local listens here and nowhere else. */
export const LOCAL_HOST = '127.0.0.1';

/** Below the range that systems give to outgoing connections, which could take a port before it is used. */
const FREE_PORTS = { from: 20_000, to: 32_000 };

/** More than a process needs at a time, and little enough for its open files: the oldest claim gives way. */
const MOST_CLAIMS = 256;

const claims: dgram.Socket[] = [];

/**
 * A port that nobody listened on a moment ago, and that nobody else who asks here is given while this process runs: the
 * server that it is for may take seconds to listen.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = randomInt(FREE_PORTS.from, FREE_PORTS.to);
    const claim = await claimPort(port);
    if (claim && (await listenOnce(port)) !== undefined) {
      claims.push(claim);
      if (claims.length > MOST_CLAIMS) {
        claims.shift()?.close();
      }
      return port;
    }
    claim?.close();
  }
  throw new OrderlyError('local_stack', 'No free port was found on 127.0.0.1; end some programs.');
}

/**
 * @throws OrderlyError that names the port, who has it (where that can be known) and the variable to change.
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

/** The pid that listens on a TCP port of this machine; undefined when unknown, as for another user's process. */
export function findListener(port: number): number | undefined {
  if (process.platform === 'linux') {
    return findListenerInProc(port);
  }
  const { stdout } = spawnSync('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-t'], { encoding: 'utf8' });
  const pid = Number.parseInt(stdout ?? '', 10);
  return Number.isNaN(pid) ? undefined : pid;
}

/** By UDP, whose ports are others than those of TCP: in no server's way, and gone when this process is. */
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

/** From the listening sockets in /proc/net/tcp[6] to their inodes, from there to whoever has one open. */
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

/** Inodes of the sockets that listen on a port, from the text of /proc/net/tcp (proc_net(5)). */
export function listeningInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === LISTEN_STATE && local?.endsWith(suffix))
    .flatMap(([, , , , , , , , , inode]) => inode ?? []);
}

/** Processes come and go, and others' are not ours to look into: what cannot be read is empty. */
function attempt<Item>(read: () => Item[]): Item[] {
  try {
    return read();
  } catch {
    return [];
  }
}
