import { rmSync } from 'node:fs';
import { postgresUrl } from '../../local/postgres/postgres-password.ts';
import { startPostgres } from '../../local/postgres/postgres-server.ts';
import { freePort } from '../../local/process/ports.ts';
import type { Server } from '../../local/process/server-process.ts';
import { forbid } from './log-record/log-record.ts';
import { preparePostgresData } from './prepared-data.ts';
import { startBroker } from './start-broker.ts';
import { createTestState } from './test-state.ts';
import { trustRoles } from './trust-roles.ts';

/** Servers for a test that kills, stops or freezes them. A restart on the same port keeps their data. */
export interface OwnServers extends AsyncDisposable {
  startKafka(port?: number): Promise<Server>;
  startPostgres(port?: number): Promise<Server>;
  /** The connection string of a database of that PostgreSQL. */
  databaseUrl(postgres: Pick<Server, 'port'>, database: string): string;
  /** Allows every role to connect without a password. */
  trustRoles(postgres: Server): Promise<void>;
}

/** `signal` aborts the start of a server. */
export function ownServers(signal?: AbortSignal): OwnServers {
  const stateDirectory = createTestState();
  const started: Server[] = [];
  const remember = (server: Server): Server => {
    started.push(server);
    return server;
  };

  return {
    startKafka: async (port) =>
      remember(await startBroker({ stateDirectory, port: port ?? (await freePort()), signal })),
    startPostgres: async (port) => {
      await preparePostgresData(stateDirectory);
      return remember(
        await startPostgres({ stateDirectory, port: port ?? (await freePort()), startedBy: 'start', signal }),
      );
    },
    databaseUrl: ({ port }, database) => {
      const url = postgresUrl(stateDirectory, port, database);
      forbid('password', new URL(url).password);
      return url;
    },
    trustRoles: ({ port }) => trustRoles(stateDirectory, postgresUrl(stateDirectory, port, 'postgres')),
    [Symbol.asyncDispose]: async () => {
      for (const server of started) {
        server.kill();
      }
      await Promise.all(started.map((server) => server.stop())); // waits until the process has ended
      rmSync(stateDirectory, { recursive: true, force: true });
    },
  };
}
