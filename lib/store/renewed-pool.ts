import net from 'node:net';
import pg from 'pg';
import { systemClock } from '../clock.ts';
import { renewUnused } from '../renew-unused.ts';

/** A pool of connections that are dropped, and made anew, when none was used for more than a minute. */
export class RenewedPool {
  readonly #options: pg.PoolConfig;
  readonly #use = renewUnused(() => this.#renew(), systemClock);
  readonly #sockets = new Set<net.Socket>();
  #current: pg.Pool;

  constructor(options: pg.PoolConfig) {
    this.#options = { ...options, stream: () => this.#openSocket() };
    this.#current = this.#create();
  }

  /** The pool is not to be kept for longer than `work` takes. */
  run<Result>(work: (pool: pg.Pool) => Promise<Result>): Promise<Result> {
    return this.#use(() => work(this.#current));
  }

  /** Resolves when every connection has ended politely. */
  end(): Promise<void> {
    return this.#current.end();
  }

  #create(): pg.Pool {
    const pool = new pg.Pool(this.#options);
    pool.on('error', ignoreLostConnection);
    // Each connection too, from its first moment: a server that dies may say so together with its greeting, before
    // whoever asked for the connection has got it; and an error event that nobody hears ends the process.
    pool.on('connect', (client) => client.on('error', ignoreLostConnection));
    return pool;
  }

  /** pg can only end politely, which waits for a server that may not hear it. A pool forgets what has lost its socket. */
  #renew(): void {
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    this.#current = this.#create();
  }

  /** What pg itself connects, and sets its options on. */
  #openSocket(): net.Socket {
    const socket = new net.Socket();
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }
}

/** A lost connection shows as an event too. Nobody misses it: the query in flight, or the next one, fails. */
const ignoreLostConnection = (): void => undefined;
