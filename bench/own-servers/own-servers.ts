import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { topics } from '../../lib/kafka/topics/topics.ts';
import { ensureDatabase } from '../../lib/postgres/ensure-database.ts';
import { migrate } from '../../lib/postgres/migrate.ts';
import { ensureTopics } from '../../local/kafka/ensure-topics.ts';
import { ensureClassArchive } from '../../local/kafka/kafka-class-archive.ts';
import { ensureKafkaDistribution } from '../../local/kafka/kafka-distribution.ts';
import { startKafka } from '../../local/kafka/kafka-server.ts';
import { postgresUrl } from '../../local/postgres/postgres-password.ts';
import { startPostgres } from '../../local/postgres/postgres-server.ts';
import { freePort, LOCAL_HOST } from '../../local/process/ports.ts';
import type { Server } from '../../local/process/server-process.ts';

/** Kafka and PostgreSQL for one measurement, with empty topics and tables, on free ports. */
export interface OwnServers extends AsyncDisposable {
  readonly stateDirectory: string;
  readonly brokers: readonly string[];
  readonly databaseUrl: string;
  /** The processes of the servers, whose children count too. PostgreSQL has another one after a restart. */
  readonly pids: { readonly kafka: number; readonly postgres: number };
  /** Creates another database with tables on the same server. */
  createDatabase(name: string): Promise<string>;
  /** Kills PostgreSQL with -9. */
  killPostgres(): Promise<void>;
  /** Restarts PostgreSQL with its data on the same port. */
  restartPostgres(): Promise<void>;
}

/** The directory of Kafka's jars for `npm start`, so that they are downloaded once. */
const DISTRIBUTION_DIRECTORY = join(import.meta.dirname, '../../.local');

export async function startOwnServers(): Promise<OwnServers> {
  const stateDirectory = mkdtempSync(join(tmpdir(), 'orderly-bench-'));
  await using started = new AsyncDisposableStack();
  const removeState = (): void => rmSync(stateDirectory, { recursive: true, force: true });
  started.defer(removeState);

  const startPostgresOn = async (port: number): Promise<Server> =>
    started.use(await startPostgres({ stateDirectory, port, startedBy: 'start' }));
  let postgres = await startPostgresOn(await freePort());
  const { port } = postgres;
  const createDatabase = async (name: string): Promise<string> => {
    const url = postgresUrl(stateDirectory, port, name);
    await ensureDatabase({ connectionString: url });
    await migrate(url);
    return url;
  };
  const databaseUrl = await createDatabase('orderly');
  const kafka = started.use(await startOwnKafka(stateDirectory));
  const brokers = [`${LOCAL_HOST}:${kafka.port}`];
  await ensureTopics(brokers, topics);

  const running = started.move();
  // After Ctrl-C or an error: the servers are separate processes.
  const killAll = (): void => {
    kafka.kill();
    postgres.kill();
    removeState();
  };
  process.once('exit', killAll);
  running.defer(() => void process.off('exit', killAll));
  return {
    stateDirectory,
    brokers,
    databaseUrl,
    get pids() {
      return { kafka: kafka.pid, postgres: postgres.pid };
    },
    createDatabase,
    killPostgres: async () => {
      postgres.kill();
      await postgres.stop(); // waits until the process has ended
    },
    restartPostgres: async () => {
      postgres = running.use(await startPostgres({ stateDirectory, port, startedBy: 'start' }));
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function startOwnKafka(stateDirectory: string): Promise<Server> {
  const progress = (line: string): void => console.log(line);
  const distribution = await ensureKafkaDistribution({ stateDirectory: DISTRIBUTION_DIRECTORY, progress });
  await ensureClassArchive(distribution, { progress });
  return startKafka({ stateDirectory, distribution, port: await freePort(), startedBy: 'start' });
}
