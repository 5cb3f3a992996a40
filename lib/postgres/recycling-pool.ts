import net from 'node:net';
import type { Duplex } from 'node:stream';
import pg from 'pg';
import { recycleIdle } from '../aws/recycle-idle.ts';
import { systemClock } from '../time/clock.ts';
import type { DatabaseLogin } from './login.ts';
import { connectionError, isAuthenticationFailure } from './postgres-errors.ts';

/** A pool that replaces all its connections after more than a minute without use. */
export class RecyclingPool {
  readonly #options: pg.PoolConfig;
  readonly #login: DatabaseLogin | undefined;
  readonly #use = recycleIdle(() => this.#renew(), systemClock);
  readonly #sockets = new Set<net.Socket>();
  #current: pg.Pool;

  /** With a `login`, each connection requests a password from it, and a password in the options is ignored. */
  constructor(options: pg.PoolConfig, login?: DatabaseLogin) {
    this.#options = { ...options, stream: () => this.#openSocket(), Client: clientClass(login) };
    this.#login = login;
    this.#current = this.#create();
  }

  /**
   * Passes a connection to `work`, which must release it before it settles.
   * @throws OrderlyError `database_unavailable` when there is no connection, for any reason. `work` was not called.
   */
  run<Result>(work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    return this.#use(async () => work(await this.#connect()));
  }

  /** Resolves when every connection is closed gracefully. */
  end(): Promise<void> {
    return this.#current.end();
  }

  async #connect(): Promise<pg.PoolClient> {
    try {
      return await this.#current.connect().catch((error: unknown) => {
        if (this.#login === undefined || !isAuthenticationFailure(error)) {
          throw error;
        }
        return this.#current.connect(); // the password may have been rotated: requests another one, once
      });
    } catch (error) {
      throw connectionError(error);
    }
  }

  #create(): pg.Pool {
    const pool = new pg.Pool(this.#options);
    pool.on('error', ignoreLostConnection);
    // Handles errors of each connection from its start: a dying server may report it together with its greeting,
    // before the caller has the connection. An unhandled error event ends the process.
    pool.on('connect', (client) => client.on('error', ignoreLostConnection));
    return pool;
  }

  /**
   * Destroys the sockets, because pg can only close gracefully, which waits for an unresponsive server. A pool
   * removes connections without a socket.
   */
  #renew(): void {
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    this.#current = this.#create();
  }

  /** Returns a socket that pg connects and configures itself. */
  #openSocket(): net.Socket {
    const socket = new net.Socket();
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }
}

type ConnectCallback = (error: Error | null) => void;

/**
 * Returns a client class that gets the password before it opens the connection, and closes the connection when the
 * login fails. pg itself requests the password during the login and leaves a failed connection open. The server
 * keeps such a connection for its `authentication_timeout` of one minute, and a few dozen of them use up all
 * connections.
 */
function clientClass(login: DatabaseLogin | undefined): typeof pg.Client {
  return class extends pg.Client {
    override connect(): Promise<pg.Client>;
    override connect(connected: ConnectCallback): void;
    override connect(connected?: ConnectCallback): Promise<pg.Client> | undefined {
      if (connected === undefined) {
        return new Promise((resolve, reject) => {
          this.connect((error) => (error ? reject(error) : resolve(this)));
        });
      }
      const settle: ConnectCallback = (error) => {
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

/** Rejects when the pool closes the connection, because it took too long, before the password arrives. */
function passwordUnlessClosed(login: DatabaseLogin, stream: Duplex): Promise<string> {
  return new Promise((resolve, reject) => {
    stream.once('close', () => reject(new Error('Connection terminated while waiting for the password')));
    login.password().then(resolve, reject);
  });
}

/** A lost connection is also reported by the query in flight or the next one. */
const ignoreLostConnection = (): void => undefined;
