import net from 'node:net';
import type { Duplex } from 'node:stream';
import pg from 'pg';
import { recycleIdle } from '../aws/recycle-idle.ts';
import { systemClock } from '../time/clock.ts';
import type { DatabaseLogin } from './login.ts';
import { connectionError, isAuthenticationFailure } from './postgres-errors.ts';

/** A pool of connections that are dropped, and made anew, when none was used for more than a minute. */
export class RecyclingPool {
  readonly #options: pg.PoolConfig;
  readonly #login: DatabaseLogin | undefined;
  readonly #use = recycleIdle(() => this.#renew(), systemClock);
  readonly #sockets = new Set<net.Socket>();
  #current: pg.Pool;

  /** With a `login` each connection asks it for a password, and a password of the options counts for nothing. */
  constructor(options: pg.PoolConfig, login?: DatabaseLogin) {
    this.#options = { ...options, stream: () => this.#openSocket(), Client: clientClass(login) };
    this.#login = login;
    this.#current = this.#create();
  }

  /**
   * Gives `work` a connection, which it has to release before it is done.
   * @throws OrderlyError `database_unavailable` when there is none, whatever the reason: `work` was not begun.
   */
  run<Result>(work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    return this.#use(async () => work(await this.#connect()));
  }

  /** Resolves when every connection has ended politely. */
  end(): Promise<void> {
    return this.#current.end();
  }

  async #connect(): Promise<pg.PoolClient> {
    try {
      return await this.#current.connect().catch((error: unknown) => {
        if (this.#login === undefined || !isAuthenticationFailure(error)) {
          throw error;
        }
        return this.#current.connect(); // the password may have been rotated: the login is asked for another, once
      });
    } catch (error) {
      throw connectionError(error);
    }
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

type Connected = (error: Error | null) => void;

/**
 * A connection that has its password before it is opened, and is closed when it comes to nothing. By itself pg asks for
 * the password when the server does, and leaves the connection open when there is none: the server then keeps it for
 * its `authentication_timeout`, a minute, and a few dozen of them are all the connections that it has.
 */
function clientClass(login: DatabaseLogin | undefined): typeof pg.Client {
  return class extends pg.Client {
    override connect(): Promise<pg.Client>;
    override connect(connected: Connected): void;
    override connect(connected?: Connected): Promise<pg.Client> | undefined {
      if (connected === undefined) {
        return new Promise((resolve, reject) => {
          this.connect((error) => (error ? reject(error) : resolve(this)));
        });
      }
      const settle: Connected = (error) => {
        if (error) {
          this.connection.stream.destroy();
        }
        connected(error);
      };
      if (login === undefined) {
        super.connect(settle);
        return undefined;
      }
      const logIn = (password: string): void => {
        this.password = password;
        super.connect((error: Error | null) => {
          if (isAuthenticationFailure(error)) {
            login.rejected(password);
          }
          settle(error);
        });
      };
      passwordUnlessClosed(login, this.connection.stream).then(logIn).catch(settle);
      return undefined;
    }
  };
}

/** Rejects when the pool, which closes what takes too long, does not wait for the password any more. */
function passwordUnlessClosed(login: DatabaseLogin, stream: Duplex): Promise<string> {
  return new Promise((resolve, reject) => {
    stream.once('close', () => reject(new Error('Connection terminated while waiting for the password')));
    login.password().then(resolve, reject);
  });
}

/** A lost connection shows as an event too. Nobody misses it: the query in flight, or the next one, fails. */
const ignoreLostConnection = (): void => undefined;
