import { ensureDatabase } from '../../lib/postgres/ensure-database.ts';
import { LOCAL_HOST } from '../../local/process/ports.ts';
import type { Server } from '../../local/process/server-process.ts';
import { type RunningStart, startOrderly } from './npm-start.ts';
import { ownServers } from './own-servers.ts';

/**
 * `npm start` with external servers of the test (KAFKA_BROKERS, DATABASE_URL), which it neither starts nor restarts.
 */
export interface StartOnOwnServers extends AsyncDisposable {
  readonly orderly: RunningStart;
  readonly databaseUrl: string;
  /** The current servers. They change with a restart. */
  readonly kafka: Server;
  readonly postgres: Server;
  /** Starts a stopped Kafka on the same port with the same data. */
  startKafkaAgain(): Promise<void>;
  startPostgresAgain(): Promise<void>;
}

export async function startOnOwnServers(): Promise<StartOnOwnServers> {
  await using scope = new AsyncDisposableStack();
  const servers = scope.use(ownServers());
  let [kafka, postgres] = await Promise.all([servers.startKafka(), servers.startPostgres()]);
  const databaseUrl = servers.databaseUrl(postgres, 'orderly');
  await ensureDatabase({ connectionString: databaseUrl });
  const orderly = await startOrderly({
    KAFKA_BROKERS: `${LOCAL_HOST}:${kafka.port}`,
    DATABASE_URL: databaseUrl,
  });
  scope.defer(() => orderly.stop());
  const started = scope.move();

  return {
    orderly,
    databaseUrl,
    get kafka() {
      return kafka;
    },
    get postgres() {
      return postgres;
    },
    startKafkaAgain: async () => {
      kafka = await servers.startKafka(kafka.port);
    },
    startPostgresAgain: async () => {
      postgres = await servers.startPostgres(postgres.port);
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}
